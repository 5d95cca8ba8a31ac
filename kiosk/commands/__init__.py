"""The commands that are more than a few lines; `kiosk.cli` puts them together."""

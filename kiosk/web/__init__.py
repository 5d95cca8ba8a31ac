"""The kiosk's site: one file a subject, and `static/` with plain HTML, CSS and ES modules."""

"""Is the kiosk well, does systemd know, and what is to be done about it; nothing here knows what it is that works."""

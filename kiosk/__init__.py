"""pose-kiosk: a camera and a screen on the wall that count exercises and warn of risky movement."""

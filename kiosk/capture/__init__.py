"""Cameras: whatever the address says, frames or the reason why there are none."""

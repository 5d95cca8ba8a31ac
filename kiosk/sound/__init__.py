"""What is heard: sentences and ticks, on the box's own loudspeaker and as files for phones."""

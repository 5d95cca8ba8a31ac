"""What staff's marks and the last minutes teach about the rules."""

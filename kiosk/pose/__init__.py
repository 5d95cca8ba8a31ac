"""Engines that find a person in a picture, one adapter each; nothing outside this package imports MediaPipe."""

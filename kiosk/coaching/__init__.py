"""Poses over time -> phases, repetitions, holds, warnings, sets and gestures. Pure: no clock, no files, no threads."""

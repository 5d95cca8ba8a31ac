"""A drawn person who exercises, with exactly known angles, repetitions and faults."""

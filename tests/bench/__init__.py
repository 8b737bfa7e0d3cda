"""`make bench`: figures of this machine, as ratios of two things measured in one run."""

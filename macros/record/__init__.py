"""A page in a lab -> what it printed: run, recorded, compared, and how a failure reads."""

"""A throwaway Docker host and its shell: the host, its images, its rights, whose it is. Knows nobody."""

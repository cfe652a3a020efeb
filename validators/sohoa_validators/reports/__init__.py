"""Reports of a validation for people and machines: pure functions over frozen inputs."""

"""The image of a lab: a Docker host that has in it the images which pages run. Readers get its context, lab/, as well.

It is built on Debian's image where a registry answers, else on one that is made from Debian packages. All that is
made here is called "docker-docs/...", so that no look-alike of an official image appears on the user's engine, has
the label in LABELS, and goes with
`docker image prune --all --filter label=org.docker-docs.lab=image`.

`client` is a docker.DockerClient everywhere, `report` takes one line of progress without a newline. Failures
are RuntimeError with a message for the reader; docker.errors.DockerException is the engine's own.
"""

from macros.lab.images.engines import ENGINES, NEWEST, engine_name, lab_image, to_be_had

__all__ = ["ENGINES", "NEWEST", "engine_name", "lab_image", "to_be_had"]

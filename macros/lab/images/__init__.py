"""The images that labs need: the Docker host itself and the sample images that pages run in it.

Each is taken from a registry where one answers, else made from Debian packages under names of our own
("docker-docs/..."), so that no look-alike of an official image appears on the user's engine. What is
made here has the label in LABELS and goes with
`docker image prune --all --filter label=org.docker-docs.lab=image`.

`client` is a docker.DockerClient everywhere, `report` takes one line of progress without a newline. Failures
are RuntimeError with a message for the reader; docker.errors.DockerException is the engine's own.
"""

from macros.lab.images.engines import ENGINES, NEWEST, engine_name, lab_image
from macros.lab.images.samples import SampleImage, sample_images

__all__ = ["ENGINES", "NEWEST", "SampleImage", "engine_name", "lab_image", "sample_images"]

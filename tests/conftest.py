"""What tests share: the pose models, fetched once into the clone's state folder as `kiosk models fetch` does."""

from pathlib import Path

import pytest

from kiosk import models

MODELS = Path(__file__).parents[1] / ".state" / "models"


@pytest.fixture(scope="session")
def model_bundle() -> Path:
    """The pruned bundle of the model `full`."""
    try:
        return models.fetch("full", MODELS)
    except models.ModelError as error:
        pytest.exit(f"the tests need the pose model full: {error}", returncode=2)


@pytest.fixture(scope="session")
def stock_bundle(model_bundle: Path) -> Path:
    """The same model with its segmentation head."""
    return models.stock("full", model_bundle.parent)

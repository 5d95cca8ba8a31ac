"""Every sentence that people read on the page or in the picture, in each language: `words.yaml` is their one place."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

import yaml

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence by its name in `words.yaml`, said in a language only when shown.

    Its `{detail}` is filled with `detail`, such as a device's name, or with the word called `part`.
    """

    key: str
    detail: str = ""
    part: str = ""

    def say(self, language: Language) -> str:
        """Return the sentence in `language`."""
        detail = words()[self.part][language] if self.part else self.detail
        return words()[self.key][language].format(detail=detail)

    def to_json(self) -> dict[str, str]:
        """Return the sentence in every language, for the page."""
        return {language: self.say(language) for language in LANGUAGES}


@cache
def words() -> dict[str, dict[Language, str]]:
    """Return all sentences: name -> language -> text."""
    text = files("kiosk").joinpath("words.yaml").read_text(encoding="utf-8")
    loaded: Any = yaml.load(text, yaml.CSafeLoader)
    return {str(key): dict(texts) for key, texts in loaded.items()}

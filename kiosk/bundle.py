"""Published pose models (.tflite) made into bundles (.task) for MediaPipe's Tasks API, without their unused half.

MediaPipe's own writer of such metadata does not import, so its generated flatbuffer schemas are used directly. They are
loaded by path: importing them by name would import all of MediaPipe with its native library.
"""

import importlib.util
import io
import struct
import zipfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import flatbuffers
from numpy.typing import NDArray

Table = Any
"""An object of the generated schemas, which carry no types."""

# Normalisation as in MediaPipe's graphs pose_detection_cpu and pose_landmark_cpu: the detector takes -1..1, the
# landmark model 0..1. (mean, std) of pixels 0..255.
_DETECTOR_PIXELS: Final = (127.5, 127.5)
_LANDMARK_PIXELS: Final = (0.0, 255.0)

# The landmark model's outputs: 0 landmarks, 1 presence, 2 segmentation mask, 3 heat map, 4 world landmarks.
_PRESENCE: Final = 1
_SEGMENTATION: Final = 2

_ALIGNMENT: Final = 16
_PADDING_FIELD: Final = 0xD935
"""The zip extra field that Android's zipalign pads with; readers skip it."""


def task_bundle(detector: bytes, landmarks: bytes, *, pruned: bool) -> bytes:
    """Return the bundle of a pose detector and a landmark model, the same bytes for the same models.

    With `pruned` the landmark model loses its segmentation head, half of its work, which no landmark depends on.
    """
    schema = _schema("schema_py_generated")
    detector_model = schema.ModelT.InitFromPackedBuf(detector)
    landmark_model = schema.ModelT.InitFromPackedBuf(landmarks)
    _describe(detector_model, "pose_detector", _DETECTOR_PIXELS, ("boxes", "scores"))
    _describe(
        landmark_model,
        "pose_landmarks",
        _LANDMARK_PIXELS,
        ("landmarks", "presence", "segmentation", "heatmap", "world_landmarks"),
    )
    if pruned:
        _cut_segmentation(landmark_model)
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_STORED) as archive:  # MediaPipe maps it, so it may not be compressed
        for name, model in (("pose_detector", detector_model), ("pose_landmarks_detector", landmark_model)):
            entry = zipfile.ZipInfo(f"{name}.tflite", date_time=(1980, 1, 1, 0, 0, 0))
            header = bundle.tell() + 30 + len(entry.filename)  # where the data would begin without an extra field
            padding = -(header + 4) % _ALIGNMENT
            entry.extra = struct.pack("<HH", _PADDING_FIELD, padding) + bytes(padding)
            archive.writestr(entry, _packed(model, b"TFL3"))
    return bundle.getvalue()


def _describe(model: Table, name: str, pixels: tuple[float, float], outputs: Sequence[str]) -> None:
    """Add the TFLITE_METADATA that the Tasks API insists on: how pixels are normalised, and a name for each output."""
    meta = _schema("metadata_schema_py_generated")
    mean, std = pixels
    image = meta.TensorMetadataT(
        name="image",
        content=meta.ContentT(
            contentPropertiesType=meta.ContentProperties.ImageProperties,
            contentProperties=meta.ImagePropertiesT(colorSpace=meta.ColorSpaceType.RGB),
        ),
        processUnits=[
            meta.ProcessUnitT(
                optionsType=meta.ProcessUnitOptions.NormalizationOptions,
                options=meta.NormalizationOptionsT(mean=[mean], std=[std]),
            )
        ],
    )
    graph = meta.SubGraphMetadataT(
        inputTensorMetadata=[image],
        outputTensorMetadata=[meta.TensorMetadataT(name=output) for output in outputs],
    )
    packed = _packed(meta.ModelMetadataT(name=name, version="1", subgraphMetadata=[graph]), b"M001")
    schema = _schema("schema_py_generated")
    model.buffers.append(schema.BufferT(data=list(packed)))
    model.metadata.append(schema.MetadataT(name="TFLITE_METADATA", buffer=len(model.buffers) - 1))


def _cut_segmentation(model: Table) -> None:
    """Keep the operators that the other outputs need, found by walking the graph backwards, and the weights they read.

    The Tasks API wants five outputs, so the presence stands in the mask's place as well: nobody asks for a mask.
    """
    (graph,) = model.subgraphs
    outputs = list(graph.outputs)
    outputs[_SEGMENTATION] = outputs[_PRESENCE]
    needed = set(outputs)
    kept = []
    for operator in reversed(graph.operators):
        if needed.intersection(operator.outputs):
            needed.update(operator.inputs)
            kept.append(operator)
    graph.outputs = outputs
    graph.operators = kept[::-1]
    read = {tensor.buffer for index, tensor in enumerate(graph.tensors) if index in needed}
    for tensor in graph.tensors:
        if tensor.buffer not in read:
            model.buffers[tensor.buffer].data = None


class _AlignedBuilder(flatbuffers.Builder):  # type: ignore[misc]  # flatbuffers has no types
    """Keeps weights aligned as TensorFlow's schema demands (`force_align: 16`), which the generated Pack forgets.

    LiteRT copies each unaligned buffer to the heap, with a warning.
    """

    def CreateNumpyVector(self, x: NDArray[Any]) -> int:  # noqa: N802 - flatbuffers' name
        self.Prep(_ALIGNMENT, x.nbytes)
        return int(super().CreateNumpyVector(x))


def _packed(table: Table, file_id: bytes) -> bytes:
    builder = _AlignedBuilder(1 << 20)
    builder.Finish(table.Pack(builder), file_identifier=file_id)
    return bytes(builder.Output())


@cache
def _schema(name: str) -> ModuleType:
    mediapipe = importlib.util.find_spec("mediapipe")
    if mediapipe is None or not mediapipe.submodule_search_locations:
        raise ModuleNotFoundError("mediapipe is not installed", name="mediapipe")
    path = Path(mediapipe.submodule_search_locations[0], "tasks", "metadata", f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"kiosk_{name}", path)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"mediapipe lacks {path}", name=name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

package io.lookalike.bench;

import io.lookalike.image.Background;
import io.lookalike.image.ImageDecoder;
import io.lookalike.image.Picture;
import io.lookalike.image.PixelMemory;
import io.lookalike.image.UnmeteredMemory;
import io.lookalike.image.file.ImageLimits;

/** The plugin's decoder without a limit on memory. */
final class Decoding {
    private Decoding() {}

    static Picture decode(String name, byte[] file) {
        try (PixelMemory.Reservation memory = UnmeteredMemory.reservation()) {
            return ImageDecoder.decode(name, file, ImageLimits.DEFAULT, Background.WHITE, memory, () -> {});
        }
    }
}

package io.lookalike.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.image.file.ImageLimits;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class PixelMemoryTests {

    private static byte[] png(int width, int height) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), "png", out);
        return out.toByteArray();
    }

    @Test
    void aPictureThatNeverFitsIsRefused() throws Exception {
        byte[] picture = png(100, 100);
        PixelMemory memory = new PixelMemory(65 * 1024, UnmeteredMemory.METER);
        try (PixelMemory.Reservation reservation = memory.reservation(UnmeteredMemory.ENDLESS)) {
            ImageException e = assertThrows(
                    ImageException.class,
                    () -> TestPictures.decode("field [image]", picture, ImageLimits.DEFAULT, reservation));
            assertTrue(
                    e.getMessage()
                            .endsWith("decoding it takes about [70109] bytes of memory; at most [66560] are allowed, "
                                    + "send a smaller picture or give the node a larger heap"),
                    e.getMessage());
        }
        // and what was refused holds nothing
        try (PixelMemory.Reservation reservation = memory.reservation(UnmeteredMemory.ENDLESS)) {
            assertEquals(
                    90,
                    TestPictures.decode("it", png(90, 100), ImageLimits.DEFAULT, reservation)
                            .width());
        }
    }

    @Test
    void aPictureWaitsUntilAnotherIsDoneWith() throws Exception {
        byte[] picture = png(100, 100);
        PixelMemory memory = new PixelMemory(100 * 1024, UnmeteredMemory.METER);
        CountDownLatch started = new CountDownLatch(1);
        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Future<Integer> second;
            try (PixelMemory.Reservation first = memory.reservation(UnmeteredMemory.ENDLESS)) {
                TestPictures.decode("first", picture, ImageLimits.DEFAULT, first);
                second = executor.submit(() -> {
                    started.countDown();
                    try (PixelMemory.Reservation mine = memory.reservation(UnmeteredMemory.ENDLESS)) {
                        return TestPictures.decode("second", picture, ImageLimits.DEFAULT, mine)
                                .width();
                    }
                });
                assertTrue(started.await(1, TimeUnit.MINUTES));
                assertThrows(TimeoutException.class, () -> second.get(200, TimeUnit.MILLISECONDS));
                assertFalse(second.isDone());
            }
            assertEquals(100, second.get(1, TimeUnit.MINUTES));
        }
    }
}

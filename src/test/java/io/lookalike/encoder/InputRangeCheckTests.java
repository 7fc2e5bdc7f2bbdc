package io.lookalike.encoder;

import static io.lookalike.encoder.EncoderConfigTests.json;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lookalike.TestLogging;
import io.lookalike.image.Preprocessing;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InputRangeCheckTests {
    static {
        TestLogging.start();
    }

    /** The warning for the {@code image} of a body over the {@code image} of the defaults. */
    private static String warning(String defaults, String said) {
        Map<String, Object> merged = new HashMap<>(Map.of("model", "m", "image", json("{" + said + "}")));
        Preprocessing image =
                EncoderConfig.parse(merged, new EncoderConfigTests.Facts()).image();
        Map<String, Object> own =
                defaults == null ? Map.of("output", "embedding") : Map.of("image", json("{" + defaults + "}"));
        return InputRangeCheck.check("e", "m", own, merged, image).warning();
    }

    private static void silent(String defaults, String said) {
        assertEquals(null, warning(defaults, said), said);
    }

    private static final String HALF = "'normalization':'half'";
    private static final String IMAGENET = "'mean':[0.485,0.456,0.406],'std':[0.229,0.224,0.225]";

    @Test
    void saidNumbersAreTaken() {
        silent(null, HALF);
        silent(null, IMAGENET);
        silent(null, "'mean':[0],'std':[1]");
        silent(null, "'scale':0.00392156862745098");
        silent(null, "'scale':1,'mean':[128],'std':[128]");
        silent(null, "'scale':1,'mean':[0],'std':[1]");
        silent(null, "'channels':'bgr','scale':1,'mean':[103.53,116.28,123.675],'std':[1]");
        silent(null, "'channels':'bgr','normalization':'imagenet'");
        silent(HALF, HALF);
        silent(HALF, "'scale':0.0039215,'mean':[0.5],'std':[0.5]");
        silent(HALF, "'scale':1,'mean':[127.5],'std':[127.5]");
    }

    @Test
    void othersThanTheDefaultsOfTheModelAreToldOf() {
        String defaults =
                "]: leave [normalization], [scale], [mean] and [std] out of [image], unless these defaults are wrong";
        String feeds = "encoder [e] feeds model [m] numbers from ";
        String half = ", but the model's own defaults make numbers from [-1.0] to [1.0" + defaults;
        assertEquals(feeds + "[0.0] to [255.0]" + half, warning(HALF, "'scale':1"));
        assertEquals(feeds + "[0.0] to [1.0]" + half, warning(HALF, "'normalization':null"));
        assertEquals(feeds + "[0.0] to [1.0]" + half, warning(HALF, ""));
        assertEquals(
                feeds + "[0.0] to [255.0], but the model's own defaults make numbers from [0.0] to [1.0" + defaults,
                warning("'scale':0.00392156862745098,'mean':[0,0,0],'std':[1,1,1]", "'scale':1,'mean':[0,0,0]"));
    }

    @Test
    void whatNobodySaidIsToldOf() {
        String assumed =
                "encoder [e] feeds model [m] numbers from [0.0] to [1.0], pixels scaled to [0,1], because neither "
                        + "model.json nor [image] says [normalization], or [scale], [mean] and [std]; if it was "
                        + "trained otherwise, create an encoder that says so";
        assertEquals(assumed, warning(null, ""));
        assertEquals(assumed, warning(null, "'normalization':null,'mean':null"));
        assertEquals(
                "encoder [e] feeds model [m] numbers from [0.0] to [255.0], because [image] says [scale] and neither "
                        + "[mean] nor [std]; if it was trained so, say [mean] [0] and [std] [1] too, else what it "
                        + "was trained with",
                warning(null, "'scale':1"));
    }

    @Test
    void numbersThatDoNotGoTogetherAreToldOf() {
        assertEquals(
                "[image.scale] [1.0] and [image.std] [0.229] of encoder [e] make numbers that are [1113.5371] apart "
                        + "of black and white: "
                        + "[mean] and [std] seem to be for pixels in [0,1]; set [scale] to 0.00392156862745098, or "
                        + "say [normalization] [imagenet]",
                warning(null, "'scale':1," + IMAGENET));
        assertEquals(
                "[image.scale] [0.003921569] and [image.std] [58.4] of encoder [e] make numbers that are "
                        + "[0.017123288] apart of black and white: "
                        + "all pictures will look alike to the model; set [scale] to 1 if [mean] and [std] are for "
                        + "pixels up to 255",
                warning(null, "'mean':[123.7],'std':[58.4]"));
        assertEquals(
                "[image.mean] [123.7] of encoder [e] lies far from all pixels, which [image.scale] [0.003921569] "
                        + "makes numbers from [0] to [1.0] of: "
                        + "set [scale] to 1 if [mean] and [std] are for pixels up to 255",
                warning(null, "'mean':[123.7]"));
    }

    @Test
    void negativesAndTurnedColoursAreToldOf() {
        assertEquals(
                "encoder [e] feeds model [m] numbers from [0.0] to [1.0] of negatives, because [image.scale] is "
                        + "below [0]: make it positive, unless the model was trained on negatives",
                warning(null, "'scale':-0.00392156862745098,'mean':[-1]"));
        assertEquals(
                "[image.mean] [0.485, 0.456, 0.406] of encoder [e] is ImageNet's in the order of [rgb], but "
                        + "[image.channels] is [bgr]: turn [mean] and [std] round, or name the other [channels]",
                warning(null, "'channels':'bgr'," + IMAGENET));
        assertEquals(
                "[image.mean] [103.53, 116.28, 123.675] of encoder [e] is ImageNet's in the order of [bgr], but "
                        + "[image.channels] is [rgb]: turn [mean] and [std] round, or name the other [channels]",
                warning(null, "'scale':1,'mean':[103.53,116.28,123.675],'std':[57.375,57.12,58.395]"));
    }

    @Test
    void otherChannelsThanTheDefaultsAreToldOf() {
        String half = "'channels':'rgb'," + HALF;
        silent(half, half);
        assertEquals(
                "encoder [e] feeds model [m] channels [bgr], but the model's own defaults are [rgb]: leave "
                        + "[channels] out of [image], unless these defaults are wrong",
                warning(half, "'channels':'bgr'," + HALF));
    }
}

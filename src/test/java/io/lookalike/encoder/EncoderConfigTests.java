package io.lookalike.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lookalike.TestLogging;
import io.lookalike.image.Preprocessing;
import io.lookalike.image.Resample;
import io.lookalike.model.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentType;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.junit.jupiter.api.Test;

class EncoderConfigTests {
    static {
        TestLogging.start();
    }

    /** A graph that takes pictures of 3 x 224 x 224. */
    static final class Facts implements EncoderConfig.ModelFacts {
        int[] size = {3, 224, 224};
        long[] output = {1, 1280};
        long[] whole;
        float made;

        @Override
        public String onlyOutput() {
            return "embedding";
        }

        @Override
        public void requireOutput(String name) {}

        @Override
        public int[] inputSize(Preprocessing.Layout layout) {
            return size;
        }

        @Override
        public Preprocessing.Layout layout() {
            return Preprocessing.Layout.NCHW;
        }

        @Override
        public long[] wholeNumbers() {
            return whole;
        }

        @Override
        public Tensor output(String output, Preprocessing image) {
            float[] data = new float[(int) Arrays.stream(this.output).reduce(1, (a, b) -> a * b)];
            Arrays.fill(data, made);
            return new Tensor(data, this.output);
        }
    }

    private final Facts facts = new Facts();

    static Map<String, Object> json(String text) {
        return XContentHelper.convertToMap(JsonXContent.jsonXContent, text.replace('\'', '"'), true);
    }

    private EncoderConfig parse(String text) {
        return EncoderConfig.parse(json(text), facts);
    }

    private void refused(String message, String text) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> parse(text)).getMessage(),
                text);
    }

    @Test
    void aNormalizationStandsForNumbers() {
        String unit = "'scale':0.00392156862745098,";
        for (String[] each : new String[][] {
            {"unit", unit + "'mean':[0],'std':[1]"},
            {"half", unit + "'mean':[0.5],'std':[0.5]"},
            {"imagenet", unit + "'mean':[0.485,0.456,0.406],'std':[0.229,0.224,0.225]"},
            {"clip", unit + "'mean':[0.48145466,0.4578275,0.40821073],'std':[0.26862954,0.26130258,0.27577711]"}
        }) {
            assertEquals(
                    parse("{'model':'m','image':{" + each[1] + "}}").toMap(),
                    parse("{'model':'m','image':{'normalization':'" + each[0] + "'}}")
                            .toMap());
        }
        refused(
                "[image.normalization] stands for [scale], [mean] and [std]; leave it out, or all of these",
                "{'model':'m','image':{'normalization':'clip','mean':[0]}}");
        refused(
                "[image.normalization] must be one of [unit, half, imagenet, clip]; got [ImageNet]",
                "{'model':'m','image':{'normalization':'ImageNet'}}");
        assertEquals(
                parse("{'model':'m','image':{'channels':'bgr'," + unit
                                + "'mean':[0.406,0.456,0.485],'std':[0.225,0.224,0.229]}}")
                        .toMap(),
                parse("{'model':'m','image':{'channels':'bgr','normalization':'imagenet'}}")
                        .toMap());
    }

    @Test
    void numbersThatNoModelWasTrainedWithAreRefused() {
        String scale =
                "[image.scale] must be neither [0], which makes all pictures the same, nor too large for a float; "
                        + "got [";
        String scales = "]; give [1] for pixels from 0 to 255, or 0.00392156862745098 for [0,1]";
        refused(scale + "0.0" + scales, "{'model':'m','image':{'scale':0}}");
        refused(scale + "0.0" + scales, "{'model':'m','image':{'scale':1e-60}}");
        refused(scale + "Infinity" + scales, "{'model':'m','image':{'scale':1e39}}");
        String std = "[image.std] must be above [0], for it is a standard deviation; got [";
        String stds = "]; for a model that was trained on negatives give a negative [image.scale]";
        refused(std + "0.0" + stds, "{'model':'m','image':{'std':[0.2,0,0.2]}}");
        refused(std + "-0.5" + stds, "{'model':'m','image':{'std':[-0.5]}}");
        refused(
                "[image.mean] has [2] numbers, but [image.channels] is [rgb]; give [1] for all channels, or [3]",
                "{'model':'m','image':{'mean':[0.5,0.5]}}");
        refused(
                "[image.std] has [0] numbers, but [image.channels] is [rgb]; give [1] for all channels, or [3]",
                "{'model':'m','image':{'std':[]}}");
        facts.size = new int[] {1, 224, 224};
        refused(
                "[image.mean] has [3] numbers, but [image.channels] is [gray]; give [1] for all channels",
                "{'model':'m','image':{'mean':[0.485,0.456,0.406]}}");
        refused(
                "[image.normalization] [imagenet] has numbers for three channels, but [image.channels] is [gray]; "
                        + "give [scale], [mean] and [std] with one number each, or name [unit] or [half]",
                "{'model':'m','image':{'normalization':'imagenet'}}");
    }

    /** Bodies that an older release accepted must be readable for ever. */
    @Test
    void storedNumbersAreNotAskedAgain() {
        Map<String, Object> stored = parse("{'model':'m'}").toMap();
        @SuppressWarnings("unchecked")
        Map<String, Object> image = (Map<String, Object>) stored.get("image");
        image.put("std", List.of(-0.5f));
        image.put("scale", 0f);
        assertEquals(stored, EncoderConfig.parseResolved(stored).toMap());
    }

    /** A body with every field. */
    static final String FULL = """
            {"model":"m","output":"embedding","pooling":"none",
             "image":{"resize":{"width":256,"height":256,"mode":"cover","filter":"bicubic"},
               "center_crop":{"width":224,"height":224},"blur":{"kernel":9,"sigma":1.5},
               "channels":"bgr","layout":"nchw","scale":0.00392157,"mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225]},
             "normalize":"none",
             "hash":{"type":"hyperplane","bits":64,"seed":-5},
             "buckets":{"tables":3,"bits":62,"seed":9223372036854775807},
             "perceptual":"dhash"}""";

    @Test
    void testEverythingSaid() {
        EncoderConfig config = parse(FULL);
        assertEquals(
                new Preprocessing(
                        new Preprocessing.Resize(256, 256, Preprocessing.Mode.COVER, Resample.BICUBIC),
                        new Preprocessing.Size(224, 224),
                        new Preprocessing.Blur(9, 1.5),
                        Preprocessing.Channels.BGR,
                        Preprocessing.Layout.NCHW,
                        0.00392157f,
                        new float[] {0.485f, 0.456f, 0.406f},
                        new float[] {0.229f, 0.224f, 0.225f}),
                config.image());
        assertEquals(1280, config.dims());
        assertEquals(64, config.hash().bits());
        assertEquals(-5, config.hash().seed());
        assertEquals(Long.MAX_VALUE, config.bucketSeed());
        assertEquals("DHASH", config.perceptual().name());
    }

    @Test
    void testNothingSaid() {
        EncoderConfig config = parse("{'model':'m'}");
        assertEquals(
                "{model=m, dims=1280, output=embedding, pooling=none, image={resize={width=224, height=224, "
                        + "mode=stretch, "
                        + "filter=bilinear}, channels=rgb, layout=nchw, scale=0.003921569, mean=[0.0], std=[1.0], "
                        + "background=white}, normalize=l2, "
                        + "hash={type=hyperplane, bits=1024, seed=42}, buckets={tables=64, bits=6, seed=7}, "
                        + "perceptual=phash}",
                config.toMap().toString());
        EncoderConfig vectors = parse("{'model':'none','dims':4}");
        assertEquals(
                "{model=none, dims=4, normalize=none, hash={type=hyperplane, bits=256, seed=42}, "
                        + "buckets={tables=10, bits=8, seed=7}, perceptual=none}",
                vectors.toMap().toString());
        assertNull(vectors.image());
        EncoderConfig longer = parse("{'model':'none','dims':128}");
        assertEquals(512, longer.hash().bits());
        assertEquals(32, longer.tables());
        assertEquals(8, longer.bucketBits());
        assertEquals(1024, parse("{'model':'none','dims':4096}").hash().bits());
    }

    /** An encoder that was created with the defaults of the first release stays the one that its body makes. */
    @Test
    void testTheSameBodyMakesTheSameEncoderAgain() {
        String first = "'hash':{'bits':256},'buckets':{'tables':10,'bits':8}";
        EncoderDefinition before = definition(json("{'model':'none','dims':998," + first + "}"));
        for (String again : List.of("", ",'hash':{}", ",'hash':null,'buckets':{'tables':10}", ",'hash':{'seed':42}")) {
            Map<String, Object> body = json("{'model':'none','dims':998" + again + "}");
            assertNotEquals(before.fingerprint(), definition(body).fingerprint());
            EncoderConfig.keepBits(body, before.outline());
            assertEquals(before.fingerprint(), definition(body).fingerprint());
        }
        for (String other : List.of("'hash':{'bits':512}", "'hash':{'seed':1}", "'buckets':{'tables':11}")) {
            Map<String, Object> body = json("{'model':'none','dims':998," + other + "}");
            EncoderConfig.keepBits(body, before.outline());
            assertNotEquals(before.fingerprint(), definition(body).fingerprint());
        }
        Map<String, Object> body = json("{'model':'none','dims':998,'hash':{'type':'planes'}}");
        EncoderConfig.keepBits(body, before.outline());
        assertEquals(Map.of("type", "planes"), body.get("hash"));
        EncoderDefinition now = definition(json("{'model':'none','dims':998}"));
        Map<String, Object> same = json("{'model':'none','dims':998}");
        EncoderConfig.keepBits(same, now.outline());
        assertEquals(now.fingerprint(), definition(same).fingerprint());
    }

    private static EncoderDefinition definition(Map<String, Object> body) {
        return EncoderDefinition.of("same", EncoderConfig.parse(body, null), "");
    }

    @Test
    void testWhatIsWrittenIsReadBack() throws IOException {
        assertReadBack(parse(FULL));
        assertReadBack(parse("{'model':'m'}"));
        assertReadBack(parse("{'model':'none','dims':3,'hash':{'center':[0.1,-1e-30,3e38]}}"));
        facts.output = new long[] {1, 257, 384};
        EncoderConfig tokens = parse("{'model':'m','pooling':'mean'}");
        assertEquals(1, tokens.skipTokens());
        assertReadBack(tokens);
        assertReadBack(parse("{'model':'m','pooling':'gem','skip_tokens':0}"));
        facts.output = new long[] {1, 32, 7, 7};
        assertReadBack(parse("{'model':'m','pooling':'gem'}"));
        assertReadBack(parse("{'model':'m','pooling':'gem','output_layout':'nhwc'}"));
        facts.whole = new long[] {-128, 127};
        assertReadBack(parse("{'model':'m','pooling':'mean'}"));
    }

    private void assertReadBack(EncoderConfig config) throws IOException {
        Map<String, Object> map = config.toMap();
        assertEquals(map, EncoderConfig.parse(map, facts).toMap());
        assertEquals(map, EncoderConfig.parse(viaJson(map), facts).toMap());
        assertEquals(map, EncoderConfig.parseResolved(viaJson(map)).toMap());
    }

    private static Map<String, Object> viaJson(Map<String, Object> map) throws IOException {
        try (XContentBuilder builder = JsonXContent.contentBuilder()) {
            return XContentHelper.convertToMap(BytesReference.bytes(builder.map(map)), true, XContentType.JSON)
                    .v2();
        }
    }

    @Test
    void testFloatsSurviveJson() throws IOException {
        Random random = new Random(11);
        float[] center = new float[4096];
        for (int i = 0; i < center.length; i++) {
            float value = Float.intBitsToFloat(random.nextInt());
            center[i] = Float.isFinite(value) ? value : Float.MIN_VALUE;
        }
        EncoderConfig config = EncoderConfig.parse(
                Map.of("model", "none", "dims", 4096, "hash", Map.of("center", boxed(center))), null);
        assertArrayEquals(center, config.hash().center());
        assertArrayEquals(
                center,
                EncoderConfig.parse(viaJson(config.toMap()), null).hash().center());
    }

    private static List<Object> boxed(float[] values) {
        Object[] boxed = new Object[values.length];
        for (int i = 0; i < values.length; i++) {
            boxed[i] = values[i];
        }
        return List.of(boxed);
    }

    @Test
    void testWrongTypes() {
        refused("[model] must be a string; got [5]", "{'model':5}");
        refused("[model] must be a string; got [a list of 1]", "{'model':['m']}");
        refused("[image] must be an object; got [5]", "{'model':'m','image':5}");
        refused("[hash] must be an object; got [a list of 0]", "{'model':'m','hash':[]}");
        refused("[hash.bits] must be an integer from [16] to [4096]; got [64.0]", "{'model':'m','hash':{'bits':64.0}}");
        refused("[hash.bits] must be an integer from [16] to [4096]; got [64]", "{'model':'m','hash':{'bits':'64'}}");
        refused("[hash.bits] must be an integer from [16] to [4096]; got [true]", "{'model':'m','hash':{'bits':true}}");
        refused(
                "[hash.seed] must be an integer of at most 64 bits; got [9223372036854775808]",
                "{'model':'m','hash':{'seed':9223372036854775808}}");
        refused(
                "[hash.bits] must be an integer from [16] to [4096]; got [4294967552]",
                "{'model':'m','hash':{'bits':4294967552}}");
        refused(
                "[hash.center] must be a list of numbers, or base64 of little-endian float32; got [5]",
                "{'model':'m','hash':{'center':5}}");
        refused("[hash.center[1]] must be a finite number; got [x]", "{'model':'m','hash':{'center':[1,'x']}}");
        refused("[hash.center[0]] must be a finite number; got [1.0E300]", "{'model':'m','hash':{'center':[1e300]}}");
        refused("[image.scale] must be a finite number; got [x]", "{'model':'m','image':{'scale':'x'}}");
        refused("[normalize] must be one of [l2, none]; got [L2]", "{'model':'m','normalize':'L2'}");
        refused("[pooling] must be one of [none, cls, mean, gem]; got [max]", "{'model':'m','pooling':'max'}");
        refused("[model] must be a string; got [a list of 3]", "{'model':['" + "A".repeat(500) + "','b','c']}");
        refused(
                "[normalize] must be one of [l2, none]; got [a text of 500]",
                "{'model':'m','normalize':'" + "A".repeat(500) + "'}");
    }

    @Test
    void testWhatIsMissing() {
        String model = "[model] is missing; name a directory of config/lookalike/models, [builtin-1], [builtin-2], or "
                + "[none] with [dims]";
        refused(model, "{}");
        refused(model, "{'model':null}");
        refused(
                "[dims] is missing; an encoder with \"model\":\"none\" needs the dimensions of its vectors",
                "{'model':'none'}");
        refused(
                "[image.resize.width] is missing; give an integer from [1] to [4096]",
                "{'model':'m','image':{'resize':{'height':5}}}");
        facts.size = new int[] {3, -1, -1};
        refused(
                "[image.resize] is missing and the model's input has no fixed size; give [image.resize] with [width] "
                        + "and [height]",
                "{'model':'m'}");
    }

    @Test
    void testUnknownFields() {
        refused(
                "unknown field [hashh]; an encoder takes [buckets, clusters, dims, hash, image, model, normalize, "
                        + "output, "
                        + "output_layout, perceptual, pooling, project, skip_tokens, training]; did you mean [hash]?",
                "{'model':'m','hashh':{}}");
        refused(
                "unknown field [hash.bit]; [hash] takes [bits, center, seed, type]; did you mean [bits]?",
                "{'model':'m','hash':{'bit':8}}");
        refused(
                "unknown field [scale]; an encoder takes [buckets, clusters, dims, hash, image, model, normalize, "
                        + "output, "
                        + "output_layout, perceptual, pooling, project, skip_tokens, training]; did you mean "
                        + "[image.scale]?",
                "{'model':'m','scale':1}");
        refused(
                "unknown field [image.resize.size]; [image.resize] takes [filter, height, mode, width]",
                "{'model':'m','image':{'resize':{'width':224,'height':224,'size':1}}}");
    }

    @Test
    void testWhatDoesNotGoTogether() {
        refused(
                "[hash.type] must be one of [hyperplane, planes, model_output]; got [itq]",
                "{'model':'m','hash':{'type':'itq'}}");
        refused("[hash.bits] must be a multiple of [8]; got [20]", "{'model':'m','hash':{'bits':20}}");
        refused("[hash.center] has [2] dims but vectors have [1280]", "{'model':'m','hash':{'center':[1,2]}}");
        refused(
                "[dims] is [5] but output [embedding] of model [m] makes [1280]; leave [dims] out",
                "{'model':'m','dims':5}");
        refused(
                "[output], [pooling], [skip_tokens], [output_layout] and [image] need a model; an encoder with "
                        + "\"model\":\"none\" takes vectors, not pictures",
                "{'model':'none','dims':4,'pooling':'mean'}");
        refused(
                "[perceptual] needs pictures; an encoder with \"model\":\"none\" has none",
                "{'model':'none','dims':4,'perceptual':'phash'}");
        refused(
                "[image] makes [1, 224, 224] but the model takes [3, 224, 224]; change [image.resize], "
                        + "[image.center_crop], "
                        + "[image.channels] or [image.layout]",
                "{'model':'m','image':{'channels':'gray'}}");
        refused(
                "[skip_tokens] needs [pooling] [mean] or [gem] over an output of shape [1, T, D]; leave it out",
                "{'model':'m','skip_tokens':1}");
        facts.output = new long[] {1, 3, 7};
        refused(
                "[skip_tokens] is [3] but the output has [3] tokens; at least one must remain",
                "{'model':'m','pooling':'mean','skip_tokens':3}");
    }

    @Test
    void testTheOrderOfAMap() {
        facts.output = new long[] {1, 1280, 7, 7};
        assertEquals(
                Preprocessing.Layout.NCHW,
                parse("{'model':'m','pooling':'mean'}").map());
        assertEquals(1280, parse("{'model':'m','pooling':'mean'}").dims());
        facts.output = new long[] {1, 7, 7, 96};
        assertEquals(
                Preprocessing.Layout.NHWC,
                parse("{'model':'m','pooling':'gem'}").map());
        assertEquals(96, parse("{'model':'m','pooling':'gem'}").dims());
        assertEquals(
                7, parse("{'model':'m','pooling':'gem','output_layout':'nchw'}").dims());
        facts.output = new long[] {1, 50, 64};
        assertNull(parse("{'model':'m','pooling':'mean'}").map());
        refused(
                "[output_layout] needs [pooling] [mean] or [gem] over an output of shape [1, D, H, W] or [1, H, W, "
                        + "D]; leave it "
                        + "out",
                "{'model':'m','pooling':'mean','output_layout':'nchw'}");
    }

    @Test
    void testLeadingTokensAreNotGuessed() {
        facts.output = new long[] {1, 33, 64};
        refused(
                "[skip_tokens] is missing and cannot be derived: the [33] tokens of output [embedding] are no grid "
                        + "of patches of "
                        + "a picture of [224] x [224] pixels; give [0] to average all of them, or how many tokens "
                        + "lead the "
                        + "patches, such as [1] for a class token",
                "{'model':'m','pooling':'mean'}");
        assertEquals(0, parse("{'model':'m','pooling':'mean','skip_tokens':0}").skipTokens());
        assertEquals(0, parse("{'model':'m','pooling':'cls'}").skipTokens());
    }

    @Test
    void testModelsOfWholeNumbersTakePixelsAsTheyAre() {
        facts.whole = new long[] {0, 255};
        Preprocessing bytes = parse("{'model':'m'}").image();
        assertArrayEquals(new float[] {0, 255}, bytes.range());
        facts.whole = new long[] {-128, 127};
        Preprocessing signed = parse("{'model':'m'}").image();
        assertArrayEquals(new float[] {-128, 127}, signed.range());
        assertArrayEquals(new float[] {128}, signed.mean());
        assertArrayEquals(
                new float[] {-1, 126.5f},
                parse("{'model':'m','image':{'scale':0.5,'mean':[1]}}").image().range());
        facts.whole = new long[] {Integer.MIN_VALUE, Integer.MAX_VALUE};
        assertArrayEquals(new float[] {0, 255}, parse("{'model':'m'}").image().range());
        facts.whole = new long[] {0, 255};
        refused(
                "[image.scale], [image.mean] and [image.std] make numbers from [0.0] to [1.0], but the model takes "
                        + "whole numbers "
                        + "from [0] to [255]; leave all three out for pixels as they are",
                "{'model':'m','image':{'scale':0.00392156862745098}}");
        refused(
                "[image.scale], [image.mean] and [image.std] make numbers from [-128.0] to [127.0], but the model "
                        + "takes whole "
                        + "numbers from [0] to [255]; leave all three out for pixels as they are",
                "{'model':'m','image':{'mean':[128]}}");
    }

    @Test
    void testModelsThatMakeNoNumbers() {
        for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            facts.made = value;
            refused(
                    "output [embedding] of model [m] makes a vector with [" + value
                            + "] of a test picture; all values must be "
                            + "finite: the model is broken, or does not take the numbers that [image.scale], "
                            + "[image.mean] and "
                            + "[image.std] make",
                    "{'model':'m'}");
        }
    }

    @Test
    void testMemoryIsBounded() {
        refused("[dims] must be an integer from [1] to [4096]; got [4097]", "{'model':'none','dims':4097}");
        refused(
                "[hash.bits] is [4096]; vectors of [4096] dims take at most [1024], because each node holds [dims] "
                        + "numbers for "
                        + "each bit",
                "{'model':'none','dims':4096,'hash':{'bits':4096}}");
        refused(
                "[buckets.tables] x [buckets.bits] is [15872]; vectors of [1024] dims take at most [4096], because "
                        + "each node "
                        + "holds [dims] numbers for each bit",
                "{'model':'none','dims':1024,'buckets':{'tables':256,'bits':62}}");
        EncoderConfig most =
                parse("{'model':'none','dims':4096,'hash':{'bits':1024},'buckets':{'tables':16,'bits':62}}");
        assertEquals(4L * 4096 * (1024 + 16 * 62), most.weightBytes());
        facts.size = new int[] {3, -1, -1};
        refused(
                "[image] makes [3, 4096, 4096]; at most [2097152] pixels are allowed, such as 1448 x 1448; make "
                        + "[image.resize] "
                        + "or [image.center_crop] smaller",
                "{'model':'m','image':{'resize':{'width':4096,'height':4096}}}");
        facts.output = new long[] {1, 5000};
        refused(
                "output [embedding] of model [m] has [5000] dims; a dense_vector field takes at most [4096]; name a "
                        + "smaller "
                        + "[output]",
                "{'model':'m','image':{'resize':{'width':64,'height':64}}}");
    }
}

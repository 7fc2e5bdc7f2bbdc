package io.lookalike.trainer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The command line. Immutable.
 *
 * @param images folder with a folder a class
 * @param validation the same for pictures that are only searched with; empty: a part of {@code images}
 * @param out the model directory
 * @param network which network
 * @param size side of its input in pixels
 * @param dims of the embedding
 * @param epochs how often triplets are drawn from all classes
 * @param batch triplets of one step
 * @param triplets of a class and epoch
 * @param seed of everything random
 * @param losses name and weight of each loss
 * @param margin of all losses that have one
 * @param hash bits of a hash output; 0 for none
 * @param classify whether to write a classification output
 * @param augment what is done to pictures at random, some of {@link View#KINDS}
 * @param hard whether negatives are the nearest pictures of other classes
 * @param holdOut number of classes, the last ones by name, that are not trained on
 * @param resume whether to go on from what the model directory holds
 */
record TrainOptions(
        Path images,
        Optional<Path> validation,
        Path out,
        Networks.Kind network,
        int size,
        int dims,
        int epochs,
        int batch,
        int triplets,
        long seed,
        Map<String, Float> losses,
        float margin,
        int hash,
        boolean classify,
        Set<String> augment,
        boolean hard,
        int holdOut,
        boolean resume) {
    private static final int MOST_DIMS = 4096;
    private static final int MOST_SIZE = 1024;
    private static final int LEAST_BITS = 16;

    /**
     * Reads the command line; that options are known and have values, the script has checked.
     *
     * @throws UserError if a value is wrong
     */
    static TrainOptions parse(String... args) {
        Map<String, String> given = new LinkedHashMap<>();
        for (int i = 0; i < args.length; i++) {
            boolean bare = args[i].equals("--classify") || args[i].equals("--resume");
            given.put(args[i], bare ? "" : args[++i]);
        }
        if (given.containsKey("--validation") && given.containsKey("--hold-out-classes")) {
            throw new UserError("give either [--validation] or [--hold-out-classes]");
        }
        Networks.Kind network = choice(given, "--network", Networks.Kind.RESNET18);
        return new TrainOptions(
                folder(given.get("--images")),
                Optional.ofNullable(given.get("--validation")).map(TrainOptions::folder),
                Path.of(given.get("--out")).toAbsolutePath().normalize(),
                network,
                number(given, "--size", network.size, network.leastSize, MOST_SIZE),
                number(given, "--dims", network.dims, 1, MOST_DIMS),
                number(given, "--epochs", 20, 0, 100_000),
                number(given, "--batch", 32, 1, 4096),
                number(given, "--triplets", 8, 1, 1_000_000),
                number(given, "--seed", 1, 0, Integer.MAX_VALUE),
                losses(given.getOrDefault("--loss", "triplet")),
                margin(given.getOrDefault("--margin", "1")),
                bits(given),
                given.containsKey("--classify"),
                augment(given.getOrDefault("--augment", "flip")),
                choice(given, "--negatives", Negatives.RANDOM) == Negatives.HARD,
                number(given, "--hold-out-classes", 0, 1, 100_000),
                given.containsKey("--resume"));
    }

    private static Path folder(String value) {
        try {
            return Path.of(value).toRealPath();
        } catch (IOException e) {
            throw new UserError("cannot read directory [" + value + "]: " + e.getMessage());
        }
    }

    private enum Negatives {
        RANDOM,
        HARD
    }

    /** The weight of the loss of the classes; 0 if there is none. */
    float classification() {
        return losses.getOrDefault("classification", classify ? 1f : 0f);
    }

    /** The names of the outputs that are written. */
    List<String> outputs() {
        return classify
                ? hash > 0 ? List.of("embedding", "hash", "classes") : List.of("embedding", "classes")
                : hash > 0 ? List.of("embedding", "hash") : List.of("embedding");
    }

    private static <E extends Enum<E>> E choice(Map<String, String> given, String option, E preset) {
        String value = given.get(option);
        if (value == null) {
            return preset;
        }
        E[] choices = preset.getDeclaringClass().getEnumConstants();
        return Arrays.stream(choices)
                .filter(choice -> lower(choice).equals(value))
                .findFirst()
                .orElseThrow(() -> new UserError("option [" + option + "] must be one of "
                        + Arrays.stream(choices).map(TrainOptions::lower).toList() + "; got [" + value + "]"));
    }

    private static String lower(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT);
    }

    private static int number(Map<String, String> given, String option, int preset, int least, int most) {
        String value = given.get(option);
        if (value == null) {
            return preset;
        }
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // refused below
        }
        throw new UserError(
                "option [" + option + "] must be from [" + least + "] to [" + most + "]; got [" + value + "]");
    }

    /** A code fills whole bytes. */
    private static int bits(Map<String, String> given) {
        int bits = number(given, "--hash", 0, LEAST_BITS, MOST_DIMS);
        if (bits % Byte.SIZE != 0) {
            throw new UserError("option [--hash] must be a multiple of [" + Byte.SIZE + "]; got [" + bits + "]");
        }
        return bits;
    }

    private static float margin(String value) {
        float margin = real(value);
        if (margin > 0 && margin < Float.POSITIVE_INFINITY) {
            return margin;
        }
        throw new UserError("option [--margin] must be greater than [0]; got [" + value + "]");
    }

    /** Not a number if it is none. */
    private static float real(String value) {
        try {
            return Float.parseFloat(value);
        } catch (NumberFormatException e) {
            return Float.NaN;
        }
    }

    private static Map<String, Float> losses(String value) {
        Map<String, Float> losses = new LinkedHashMap<>();
        for (String part : value.split(",", -1)) {
            String[] pair = part.split("=", 2);
            float weight = pair.length == 1 ? 1 : real(pair[1]);
            if (!Losses.NAMES.contains(pair[0]) || !(weight > 0) || Float.isInfinite(weight)) {
                throw new UserError("option [--loss] must be some of " + Losses.NAMES
                        + " with their weights, such as [triplet=1,classification=0.5]; got [" + value + "]");
            }
            losses.put(pair[0], weight);
        }
        return losses;
    }

    private static Set<String> augment(String value) {
        if (value.equals("none")) {
            return Set.of();
        }
        Set<String> kinds = new TreeSet<>(Arrays.asList(value.split(",", -1)));
        if (!View.KINDS.containsAll(kinds)) {
            throw new UserError("option [--augment] must be [none] or some of " + new TreeSet<>(View.KINDS) + "; got ["
                    + value + "]");
        }
        return kinds;
    }

    /** Whether the model directory already holds something that a new training would overwrite. */
    boolean isTaken() {
        return Files.exists(out.resolve(ModelDirectory.MODEL)) && !resume;
    }
}

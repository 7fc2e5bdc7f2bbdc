package io.lookalike.trainer;

import io.lookalike.image.ImageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Trains a network from class folders and writes a model directory.
 *
 * <p>The network is written before the first epoch and after each one that is better than all before, by precision@10
 * of the pictures that are held out. So an interrupted training leaves the best network so far.
 */
public final class Train {
    /** Of each class with {@link #LEAST_SPLIT} pictures or more, every fifth is held out. */
    private static final int HELD_OUT_OF = 5;

    private static final int LEAST_SPLIT = 3;

    /** Bounds of what precision is measured on, if an epoch has few triplets, and if it has many. */
    private static final int[] QUERIES = {200, 1000};

    private static final int[] SEARCHED = {1000, 10_000};
    /** A batch and the files of the last epoch take no longer. */
    private static final int SECONDS_TO_STOP = 60;

    private final TrainOptions options;
    private final Pictures pictures;
    private volatile boolean stopping;

    private Train(TrainOptions options) {
        this.options = options;
        pictures = new Pictures(options.size());
    }

    public static void main(String... args) throws IOException {
        TrainOptions options;
        try {
            options = TrainOptions.parse(args);
        } catch (UserError e) {
            end(2, e.getMessage() + "; see --help");
            return;
        }
        try {
            if (options.isTaken()) {
                throw new UserError("directory [" + options.out() + "] already holds a model; name another one with"
                        + " --out, or go on from it with --resume");
            }
            new Train(options).run();
        } catch (UserError e) {
            end(1, e.getMessage());
        }
    }

    private static void end(int status, String message) {
        System.err.println("train: " + message);
        System.exit(status);
    }

    private void run() throws IOException {
        List<Path> files = ClassFolders.files(options.images());
        List<String> classes = new ArrayList<>(ClassFolders.classes(options.images(), files));
        List<Sample> samples = readable(ClassFolders.samples(options.images(), files, classes));
        files.stream()
                .filter(file -> ClassFolders.classOf(options.images(), file).isEmpty())
                .forEach(file -> passOver(file.getFileName().toString(), "it lies in no class folder"));
        int trained = Math.max(0, classes.size() - options.holdOut());
        List<Sample> validation = new ArrayList<>();
        List<Sample> training = split(samples, trained, validation);
        if (options.validation().isPresent()) {
            Path folder = options.validation().get();
            List<Path> others = ClassFolders.files(folder);
            ClassFolders.classes(folder, others).stream()
                    .filter(name -> !classes.contains(name))
                    .forEach(classes::add);
            validation = readable(ClassFolders.samples(folder, others, classes));
        }
        Map<Integer, List<Sample>> byClass = Triplet.byClass(training);
        long single = byClass.values().stream().filter(one -> one.size() == 1).count();
        System.err.println("[" + training.size() + "] pictures of [" + byClass.size() + "] classes to train on, ["
                + validation.size() + "] to validate; [" + single
                + "] classes have one picture, which serves as a negative only");
        Triplet.draw(training, 1, Triplet.random(training), new Random(options.seed()));
        ModelDirectory directory = new ModelDirectory(options);
        History history = new History(settings(trained), List.of());
        byte[] parameters = null;
        if (options.resume()) {
            ModelDirectory.Saved saved = directory.load(history.settings());
            history = saved.history();
            parameters = saved.parameters();
            System.err.println("going on after epoch [" + history.epochs().size() + "]");
        }
        try (Learner learner = new Learner(options, pictures, trained, parameters)) {
            learn(learner, training, validation, directory, history);
        }
    }

    /** What cannot change when a training goes on. */
    private Map<String, String> settings(int trained) {
        Map<String, String> settings = new TreeMap<>();
        settings.put("network", options.network().name().toLowerCase(Locale.ROOT));
        settings.put("size", Integer.toString(options.size()));
        settings.put("dims", Integer.toString(options.dims()));
        settings.put("classifies", Boolean.toString(options.classification() > 0));
        settings.put("hash", Integer.toString(options.hash()));
        settings.put("seed", Long.toString(options.seed()));
        settings.put("classes", Integer.toString(trained));
        return settings;
    }

    /** The samples that can be decoded; the others are named. */
    private List<Sample> readable(List<Sample> samples) {
        Map<String, String> broken = new ConcurrentSkipListMap<>();
        try (ProgressBar bar = bar("reading", samples.size(), " pictures")) {
            samples.parallelStream().forEach(sample -> {
                try {
                    pictures.pixels(sample);
                } catch (ImageException | IOException e) {
                    broken.put(sample.name(), String.valueOf(e.getMessage()));
                }
                bar.step();
            });
        }
        broken.forEach(Train::passOver);
        if (!broken.isEmpty()) {
            System.err.println("passed over [" + broken.size() + "] files that are no pictures or broken ones");
        }
        return samples.stream()
                .filter(sample -> !broken.containsKey(sample.name()))
                .toList();
    }

    private static void passOver(String name, String reason) {
        System.err.println("passed over [" + name + "]: " + reason);
    }

    /** Takes the pictures to validate with away, unless they come from elsewhere. */
    private List<Sample> split(List<Sample> samples, int trained, List<Sample> validation) {
        if (options.validation().isPresent()) {
            return samples;
        }
        List<Sample> training = new ArrayList<>();
        if (options.holdOut() > 0) {
            samples.forEach(sample -> (sample.label() < trained ? training : validation).add(sample));
            return training;
        }
        Random random = new Random(options.seed());
        for (List<Sample> one : Triplet.byClass(samples).values()) {
            List<Sample> shuffled = new ArrayList<>(one);
            Collections.shuffle(shuffled, random);
            int held = one.size() < LEAST_SPLIT ? 0 : Math.max(1, one.size() / HELD_OUT_OF);
            validation.addAll(shuffled.subList(0, held));
            training.addAll(shuffled.subList(held, one.size()));
        }
        return training;
    }

    private void learn(
            Learner learner, List<Sample> training, List<Sample> validation, ModelDirectory directory, History before)
            throws IOException {
        History history = before;
        List<Sample> checked = new ArrayList<>(validation);
        checked.addAll(training);
        checked = checked.subList(0, Math.min(ModelDirectory.CHECKED, checked.size()));
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(ended)));
        try {
            if (!options.resume()) {
                report(0, 0, precision(learner, training, validation), directory.write(learner, checked));
            }
            for (int epoch = history.epochs().size() + 1; epoch <= options.epochs() && !stopping; epoch++) {
                Random random = new Random(31 * options.seed() + epoch);
                List<Triplet> triplets =
                        Triplet.draw(training, options.triplets(), negatives(learner, training), random);
                double loss;
                try (ProgressBar bar = bar("epoch " + epoch + "/" + options.epochs(), triplets.size(), " triplets")) {
                    loss = learner.learn(triplets, random, bar::stepBy, () -> stopping);
                }
                if (stopping) {
                    break;
                }
                double precision = precision(learner, training, validation);
                history = history.with(new History.Epoch(loss, precision));
                // without pictures to validate with, the last one counts
                boolean best = history.best() == epoch || validation.isEmpty();
                report(epoch, loss, precision, best ? directory.write(learner, checked) : Double.NaN);
                directory.save(learner, history);
            }
            int written = validation.isEmpty() ? history.epochs().size() : history.best();
            System.err.println("[" + options.out() + "] holds the network of epoch [" + written + "]"
                    + (written == 0 ? ", which is untrained" : ""));
        } finally {
            ended.countDown();
        }
    }

    private Triplet.Negatives negatives(Learner learner, List<Sample> training) {
        Triplet.Negatives random = Triplet.random(training);
        if (!options.hard()) {
            return random;
        }
        List<Sample> searched = searched(training);
        try (ProgressBar bar = bar("negatives", searched.size(), " pictures")) {
            return Triplet.hard(searched, learner.outputs(searched, bar::stepBy).get(0), random);
        }
    }

    /** Lets the running batch end, so that all files are whole and native threads are at rest. */
    private void stop(CountDownLatch ended) {
        stopping = true;
        try {
            if (!ended.await(SECONDS_TO_STOP, TimeUnit.SECONDS)) {
                System.err.println("a batch still runs; the model that was written last stays");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** @param difference between ONNX Runtime and PyTorch; not a number if nothing was written */
    private void report(int epoch, double loss, double precision, double difference) {
        System.err.println(String.format(
                Locale.ROOT,
                "epoch %d: %sP@10 %.4f%s",
                epoch,
                epoch == 0 ? "untrained, " : String.format(Locale.ROOT, "loss %.4f, ", loss),
                precision,
                Double.isNaN(difference)
                        ? ""
                        : String.format(Locale.ROOT, ", written; outputs within %.1e of PyTorch's", difference)));
    }

    /**
     * Precision@10 of the pictures to validate with: those of classes that are trained on among the training pictures,
     * others among themselves. 0 if there are none.
     */
    private double precision(Learner learner, List<Sample> training, List<Sample> validation) {
        Set<Integer> trained = Triplet.byClass(training).keySet();
        Map<Boolean, List<Sample>> queries =
                validation.stream().collect(Collectors.partitioningBy(sample -> trained.contains(sample.label())));
        List<Sample> seen = some(queries.get(true), bound(QUERIES, training));
        List<Sample> searched = seen.isEmpty() ? List.of() : searched(training);
        List<Sample> unseen = some(queries.get(false), bound(QUERIES, training));
        double right = 0;
        int count = 0;
        try (ProgressBar bar = bar("judging", seen.size() + searched.size() + unseen.size(), " pictures")) {
            if (!seen.isEmpty()) {
                float[][] vectors = learner.outputs(seen, bar::stepBy).get(0);
                float[][] gallery = learner.outputs(searched, bar::stepBy).get(0);
                right += seen.size() * Precision.at10(seen, vectors, searched, gallery);
                count += seen.size();
            }
            if (unseen.size() > 1) {
                float[][] vectors = learner.outputs(unseen, bar::stepBy).get(0);
                right += unseen.size() * Precision.at10(unseen, vectors, unseen, vectors);
                count += unseen.size();
            }
        }
        return count == 0 ? 0 : right / count;
    }

    /** The training pictures that are searched, and that hard negatives come from. */
    private List<Sample> searched(List<Sample> training) {
        return some(training, bound(SEARCHED, training));
    }

    /** Judging an epoch should not take much longer than learning: nine pictures for each triplet, within bounds. */
    private int bound(int[] bounds, List<Sample> training) {
        long triplets = (long) options.triplets() * Triplet.byClass(training).size();
        return (int) Math.max(bounds[0], Math.min(bounds[1], 9 * triplets));
    }

    /** At most so many of the samples, the same ones each time. */
    private List<Sample> some(List<Sample> samples, int most) {
        if (samples.size() <= most) {
            return samples;
        }
        List<Sample> shuffled = new ArrayList<>(samples);
        Collections.shuffle(shuffled, new Random(options.seed()));
        return shuffled.subList(0, most);
    }

    private static ProgressBar bar(String task, long steps, String unit) {
        return new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(steps)
                .setUnit(unit, 1)
                .showSpeed()
                .setStyle(ProgressBarStyle.ASCII)
                .build();
    }
}

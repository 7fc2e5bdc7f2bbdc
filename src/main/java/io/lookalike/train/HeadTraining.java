package io.lookalike.train;

import io.lookalike.learning.Head;
import io.lookalike.learning.HeadLearner;
import io.lookalike.learning.HoldOut;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Learns a head from a sample, and tells its figures. For one use. */
final class HeadTraining {
    /** The most labels that figures name. */
    private static final int NAMED = 1000;

    private final HeadConfig config;
    private final HeadSample sample;
    private final HoldOut.Choice choice;

    /** @throws IllegalArgumentException if there are too few labels to hold out some of them */
    HeadTraining(HeadConfig config, HeadSample sample) {
        this.config = config;
        this.sample = sample;
        choice = config.holdOut().choose(sample.labels(), config.seed());
    }

    Head learn(Workers workers, Progress progress) {
        return HeadLearner.learn(
                config.settings(sample.vectors()[0].length),
                sample.some(choice.learned()),
                choice.learnedLabels(),
                sample.some(choice.judging()),
                choice.judgingLabels(),
                workers,
                progress);
    }

    /** As {@code GET …/_train} shows them; precisions are null where nothing is held out. */
    Map<String, Object> figures(Head head) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("labels", sample.labels().count());
        if (config.minDocuments() > 0) {
            figures.put("labels_left_out", sample.rare());
            figures.put("vectors_left_out", sample.leftOut());
        }
        figures.put("vectors", choice.learned().length);
        figures.put("held_out", choice.heldOut());
        if (config.holdOut().by() == HoldOut.By.LABEL) {
            Set<String> unseen = sample.labelsOnlyOutside(choice.learned());
            figures.put("held_out_labels", unseen.stream().limit(NAMED).toList());
        }
        Map<String, Object> precision = new LinkedHashMap<>();
        precision.put("before", known(head.before()));
        precision.put("after", known(head.kept().precision()));
        figures.put("precision_at_10", precision);
        if (config.bits() > 0) {
            figures.put("code_precision_at_10", known(head.kept().codePrecision()));
        }
        figures.put("epoch", head.best());
        List<Map<String, Object>> curve = new ArrayList<>();
        for (Head.Epoch epoch : head.curve()) {
            Map<String, Object> point = new LinkedHashMap<>();
            point.put("loss", known(epoch.loss()));
            point.put("precision_at_10", known(epoch.precision()));
            if (config.bits() > 0) {
                point.put("code_precision_at_10", known(epoch.codePrecision()));
            }
            curve.add(point);
        }
        figures.put("curve", curve);
        return figures;
    }

    private static Double known(double figure) {
        return Double.isNaN(figure) ? null : (Double) figure;
    }
}

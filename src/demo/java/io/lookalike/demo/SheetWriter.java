package io.lookalike.demo;

import io.lookalike.demo.Measurement.Answers;
import io.lookalike.demo.ResultSheet.Match;
import io.lookalike.demo.ResultSheet.Query;
import io.lookalike.demo.ResultSheet.Section;
import io.lookalike.demo.ResultSheet.Verdict;
import io.lookalike.demo.Searches.Hit;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Chooses the content of the page: one query for each of up to sixteen classes, its similar pictures and its copies.
 * For one use.
 */
final class SheetWriter {
    private static final int QUERIES = 16;

    private final Measurement measurement;
    private final Map<String, String> thumbnails = new HashMap<>();

    SheetWriter(Measurement measurement) {
        this.measurement = measurement;
    }

    List<Section> sections() throws IOException {
        List<Query> similar = new ArrayList<>();
        List<Query> copies = new ArrayList<>();
        for (Answers answers : chosen()) {
            similar.add(similar(answers));
            copies.add(copies(answers));
        }
        return List.of(
                new Section(
                        "Similar pictures",
                        "hash_knn: the " + Searches.NUM_CANDIDATES + " candidates nearest by Hamming distance of their"
                                + " binary hashes, ranked by the exact cosine of their vectors. Green and ✓: the "
                                + "same class"
                                + " as the query; red and ✗: another one.",
                        similar),
                new Section(
                        "Copies",
                        "hash_radius: everything whose perceptual hash differs from the query's in at most "
                                + Searches.MAX_DISTANCE
                                + " of 64 bits, nearest first. Green and ✓: an altered copy of the"
                                + " query; red and ✗: another picture; pale and –: a copy outside the radius.",
                        copies));
    }

    /** The first query of each class; if there are few classes, further ones. */
    private List<Answers> chosen() {
        Set<String> seen = new HashSet<>();
        List<Answers> first = new ArrayList<>();
        List<Answers> more = new ArrayList<>();
        for (Answers answers : measurement.answers()) {
            (seen.add(answers.query().clazz()) ? first : more).add(answers);
        }
        first.addAll(more);
        return first.stream()
                .limit(QUERIES)
                .sorted(Comparator.comparing(answers -> answers.query().clazz()))
                .toList();
    }

    private Query similar(Answers answers) throws IOException {
        List<Match> matches = new ArrayList<>();
        for (Hit hit : answers.hash()) {
            Picture picture = measurement.pictures().get(hit.id());
            Verdict verdict = picture.clazz().equals(answers.query().clazz()) ? Verdict.RIGHT : Verdict.WRONG;
            String note = String.format(Locale.ROOT, "cosine %.3f", hit.cosine());
            matches.add(new Match(thumbnail(picture), title(picture), note, verdict));
        }
        return query(answers.query(), matches);
    }

    private Query copies(Answers answers) throws IOException {
        List<Match> matches = new ArrayList<>();
        Set<String> found = new HashSet<>();
        for (Hit hit : answers.duplicates()) {
            Picture picture = measurement.pictures().get(hit.id());
            found.add(hit.id());
            boolean copy = measurement.isCopy(picture, answers.query());
            String title = copy || picture.kind().equals(Picture.ORIGINAL) ? title(picture) : picture.name();
            matches.add(new Match(
                    thumbnail(picture), title, "distance " + hit.distance(), copy ? Verdict.RIGHT : Verdict.WRONG));
        }
        for (Picture picture : measurement.pictures().values()) {
            boolean copy = measurement.isCopy(picture, answers.query()) && !picture.equals(answers.query());
            if (copy && !found.contains(picture.id())) {
                matches.add(new Match(
                        thumbnail(picture), picture.kind(), "more than " + Searches.MAX_DISTANCE, Verdict.MISSED));
            }
        }
        return query(answers.query(), matches);
    }

    private static String title(Picture picture) {
        return picture.kind().equals(Picture.ORIGINAL) ? picture.name() : picture.kind();
    }

    private Query query(Picture picture, List<Match> matches) throws IOException {
        return new Query(thumbnail(picture), picture.name(), "query", matches);
    }

    private String thumbnail(Picture picture) throws IOException {
        String known = thumbnails.get(picture.id());
        if (known == null) {
            known = ResultSheet.thumbnail(Pixels.decode(picture.content().bytes()));
            thumbnails.put(picture.id(), known);
        }
        return known;
    }
}

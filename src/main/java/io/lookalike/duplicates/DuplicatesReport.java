package io.lookalike.duplicates;

import io.lookalike.encoder.Messages;
import io.lookalike.task.AsyncSteps;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.index.query.QueryBuilders;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.builder.SearchSourceBuilder;

/** Builds the answer: one page of groups. Not thread-safe. */
final class DuplicatesReport {
    /** Documents whose source one search fetches. */
    private static final int FETCHED = 500;

    private final DuplicatesAction.Request request;
    private final Pictures pictures;
    private final Runnable check;
    private final Map<String, Object> answer = new LinkedHashMap<>();
    /** Whether compared pictures are of several encoders. */
    private boolean apart;

    private final List<String> warnings;
    /** The members of the page whose document is fetched, by index and id. */
    private final Map<String, Map<String, List<Map<String, Object>>>> toFetch = new TreeMap<>();

    /**
     * @param warnings known before
     * @param check is called for every group; what it throws ends the report
     */
    DuplicatesReport(DuplicatesAction.Request request, Pictures pictures, List<String> warnings, Runnable check) {
        this.request = request;
        this.pictures = pictures;
        this.warnings = new ArrayList<>(warnings);
        this.check = check;
    }

    void same(DuplicateCriterion criterion, HashDuplicates found) {
        // perceptual hashes of several encoders may be comparable
        apart |= pictures.same().sets.size() > 1;
        Map<String, Object> section = section("same", criterion);
        section.put("max_distance", criterion.bits());
        section.put("complete", true);
        PictureChecks checks = found.checks();
        if (checks != null) {
            section.put("verified_by", checks.fields());
            if (checks.unconfirmed() > 0) {
                warnings.add("[" + checks.unconfirmed() + "] pictures near another have nothing in "
                        + Messages.cut(checks.fields())
                        + " to verify that they are the same, and were compared by their hashes alone; index them "
                        + "again through a pipeline, into an index with the mapping of their encoder");
            }
        }
        page(section, found, false);
    }

    void alike(DuplicateCriterion criterion, VectorDuplicates found) {
        apart |= pictures.fingerprints().size() > 1;
        Map<String, Object> section = section("alike", criterion);
        if (criterion.isCosine()) {
            section.put("similarity", criterion.similarity());
        } else {
            section.put("max_distance", criterion.maxDistance());
        }
        section.put("complete", found.isComplete());
        if (!found.isComplete()) {
            section.put("hash_field", criterion.codes());
            section.put("max_hash_distance", found.radius());
        }
        warn(found.withoutDirection(), "have a vector of zeros in [" + criterion.field() + "], which has no cosine");
        warn(
                found.withoutCodes(),
                "have no code in [" + criterion.codes()
                        + "], by which pairs are chosen; use [candidates] [all] to compare them too");
        page(section, found, criterion.isCosine());
    }

    private Map<String, Object> section(String kind, DuplicateCriterion criterion) {
        Map<String, Object> section = answer;
        if (!request.simple) {
            section = new LinkedHashMap<>();
            answer.put(kind, section);
        } else {
            section.put("kind", kind);
        }
        section.put("field", criterion.field());
        return section;
    }

    private void warn(int pictures, String why) {
        if (pictures > 0) {
            warnings.add("[" + pictures + "] pictures were not compared: they " + why);
        }
    }

    private record Entry(Group group, GroupOrder.Place place) {}

    private void page(Map<String, Object> section, DuplicateGroups found, boolean cosine) {
        List<Entry> groups = new ArrayList<>();
        BitSet documents = new BitSet();
        for (Group group : found.groups(request.grouping == DuplicatesAction.Grouping.STAR, request.minGroupSize)) {
            check.run();
            long size = 0;
            for (int node : group.nodes()) {
                size += found.members(node);
                for (int picture : found.pictures(node)) {
                    documents.set(pictures.document(picture));
                }
            }
            int first = found.pictures(group.representative())[0];
            groups.add(new Entry(
                    group,
                    new GroupOrder.Place(size, pictures.index(first), pictures.id(first), pictures.entry(first))));
        }
        groups.sort(Comparator.comparing(Entry::place));
        section.put("pictures", found.compared());
        section.put("groups_total", groups.size());
        section.put("documents_in_groups", documents.cardinality());
        int from = request.from;
        if (request.after != null) {
            GroupOrder.Place after = GroupOrder.place(request.after);
            from = 0;
            while (from < groups.size() && groups.get(from).place.compareTo(after) <= 0) {
                from++;
            }
        }
        int to = (int) Math.min(groups.size(), (long) from + request.size);
        List<Map<String, Object>> shown = new ArrayList<>();
        for (int i = Math.min(from, to); i < to; i++) {
            shown.add(group(groups.get(i), found, cosine));
        }
        section.put("groups", shown);
        if (to < groups.size() && to > from) {
            section.put("after", groups.get(to - 1).place.values());
        }
    }

    private Map<String, Object> group(Entry entry, DuplicateGroups found, boolean cosine) {
        Map<String, Object> group = new LinkedHashMap<>();
        group.put("size", entry.place.size());
        List<Map<String, Object>> members = new ArrayList<>();
        group.put("representative", place(found.pictures(entry.group.representative())[0]));
        if (entry.group.sampled()) {
            group.put("representative_of_sample", true);
        }
        group.put("members", members);
        for (int i = 0; i < entry.group.nodes().length && members.size() < request.members; i++) {
            int node = entry.group.nodes()[i];
            double distance = entry.group.distances()[i];
            for (int picture : found.pictures(node)) {
                if (members.size() == request.members) {
                    break;
                }
                Map<String, Object> member = place(picture);
                if (cosine) {
                    member.put("similarity", i == 0 ? 1.0 : -distance);
                } else {
                    member.put("distance", found instanceof HashDuplicates ? (Object) (int) distance : distance);
                }
                if (found.copies(node) > 1) {
                    member.put("copies", found.copies(node));
                }
                members.add(member);
                remember(picture, member);
            }
        }
        if (entry.place.size() > members.size()) {
            group.put("members_left_out", entry.place.size() - members.size());
        }
        return group;
    }

    private Map<String, Object> place(int picture) {
        Map<String, Object> place = new LinkedHashMap<>();
        place.put("_index", pictures.index(picture));
        place.put("_id", pictures.id(picture));
        if (pictures.entry(picture) != Pictures.NOT_NESTED) {
            place.put("picture", pictures.entry(picture));
        }
        return place;
    }

    private void remember(int picture, Map<String, Object> member) {
        if (!request.fetched.isEmpty()) {
            toFetch.computeIfAbsent(pictures.index(picture), index -> new HashMap<>())
                    .computeIfAbsent(pictures.id(picture), id -> new ArrayList<>())
                    .add(member);
        }
    }

    /** Adds source and fields of the documents, as they are now, to the members. */
    void fetch(Client client, ActionListener<Void> listener) {
        List<SearchRequest> searches = new ArrayList<>();
        toFetch.forEach((index, members) -> {
            List<String> ids = new ArrayList<>(members.keySet());
            for (int from = 0; from < ids.size(); from += FETCHED) {
                List<String> some = ids.subList(from, Math.min(ids.size(), from + FETCHED));
                SearchSourceBuilder source = new SearchSourceBuilder()
                        .query(QueryBuilders.boolQuery()
                                .filter(QueryBuilders.termQuery("_index", index))
                                .filter(QueryBuilders.idsQuery().addIds(some.toArray(String[]::new))))
                        .size(some.size())
                        .trackTotalHits(false);
                request.fetched.applyTo(source);
                searches.add(new SearchRequest(request.indices())
                        .indicesOptions(request.indicesOptions())
                        .allowPartialSearchResults(false)
                        .source(source));
            }
        });
        fetch(client, searches, 0, ActionListener.notifyOnce(listener));
    }

    private void fetch(Client client, List<SearchRequest> searches, int next, ActionListener<Void> listener) {
        if (next == searches.size()) {
            listener.onResponse(null);
            return;
        }
        client.search(searches.get(next), AsyncSteps.after(listener, (l, found) -> {
            for (SearchHit hit : found.getHits().getHits()) {
                for (Map<String, Object> member : toFetch.get(hit.getIndex()).getOrDefault(hit.getId(), List.of())) {
                    show(hit, member);
                }
            }
            // the original listener, not wrapped again for each search
            fetch(client, searches, next + 1, listener);
        }));
    }

    private void show(SearchHit hit, Map<String, Object> member) {
        if (request.fetched.source() != null && hit.hasSource()) {
            member.put("_source", hit.getSourceAsMap());
        }
        if (!request.fetched.fields().isEmpty()) {
            Map<String, Object> fields = new TreeMap<>();
            for (DocumentField field : hit.getDocumentFields().values()) {
                fields.put(field.getName(), field.getValues());
            }
            member.put("fields", fields);
        }
    }

    Map<String, Object> toMap(long tookMillis) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("took", tookMillis);
        map.put("documents", pictures.documents());
        if (pictures.lowQuality() > 0) {
            map.put("low_quality", pictures.lowQuality());
            warnings.add(
                    "[" + pictures.lowQuality() + "] pictures have a quality under [min_quality] [" + request.minQuality
                            + "], too little content to tell them by, and were left out; set [min_quality] to [0] to "
                            + "compare them too");
        }
        if (pictures.unrated() > 0) {
            warnings.add("[" + pictures.unrated()
                    + "] pictures have no quality and were compared, however little they show; index them "
                    + "again to leave out those under [min_quality]");
        }
        if (pictures.fingerprints().size() > 1) {
            Map<String, Integer> shown = new TreeMap<>();
            pictures.fingerprints()
                    .forEach((fingerprint, count) -> shown.merge(Messages.cut(fingerprint), count, Integer::sum));
            map.put("encoders", shown);
        }
        if (apart) {
            warnings.add("pictures of [" + pictures.fingerprints().size()
                    + "] encoders lie in these fields, as [encoders] tells by fingerprint; vectors and codes "
                    + "of different encoders are not compared: index the documents again through one "
                    + "pipeline, or choose one by [query]");
        }
        if (pictures.unmarked() > 0) {
            warnings.add("[" + pictures.unmarked()
                    + "] pictures have no fingerprint in the field [encoder] beside them, by which those of "
                    + "different encoders are told apart, and were compared with each other; index "
                    + "them again through a pipeline");
        }
        if (!warnings.isEmpty()) {
            map.put("warnings", warnings);
        }
        map.putAll(answer);
        return map;
    }
}

package io.lookalike.duplicates;

import io.lookalike.encoder.Values;
import io.lookalike.inference.Encoders;
import io.lookalike.pairs.NearPairs;
import io.lookalike.query.StoredValues;
import io.lookalike.task.AsyncSteps;
import io.lookalike.task.ComputePool;
import io.lookalike.task.Documents;
import io.lookalike.task.FieldLookup;
import io.lookalike.task.LongTask;
import io.lookalike.task.TaskClient;
import io.lookalike.task.VectorField;
import io.lookalike.work.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.fieldcaps.FieldCapabilities;
import org.elasticsearch.action.fieldcaps.FieldCapabilitiesRequest;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.core.Releasables;
import org.elasticsearch.index.query.BoolQueryBuilder;
import org.elasticsearch.index.query.QueryBuilders;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.builder.SearchSourceBuilder;

/**
 * One search for duplicates: looks at the fields, reserves memory, waits for its turn, reads the pictures, groups them,
 * and fetches what is shown of a page of groups.
 */
final class DuplicatesRun {
    private final Encoders encoders;
    private final ComputePool pool;
    private final TaskClient client;
    private final LongTask task;
    private final DuplicatesAction.Request request;
    private final ProjectMetadata metadata;
    private final long began = System.nanoTime();
    private final List<Releasable> reserved = new ArrayList<>();
    private DuplicateCriterion same;
    private DuplicateCriterion alike;
    private VectorField sameField;
    private VectorField alikeField;
    private Probe sameProbe = Probe.NOTHING;
    private Probe alikeProbe = Probe.NOTHING;
    private Probe hashProbe = Probe.NOTHING;
    /** What is to be told beside the groups. */
    private final List<String> warnings = new ArrayList<>();
    /** Whole numbers of quality, where there are such. */
    private Set<String> qualities = Set.of();

    private long reservedFor;
    private long reservedForIds;

    /** @param metadata of the indices, for what their mappings say of aliases */
    DuplicatesRun(
            Encoders encoders,
            ComputePool pool,
            TaskClient client,
            LongTask task,
            DuplicatesAction.Request request,
            ProjectMetadata metadata) {
        this.encoders = encoders;
        this.pool = pool;
        this.client = client;
        this.task = task;
        this.request = request;
        this.metadata = metadata;
        this.same = request.same;
        this.alike = request.alike;
    }

    /**
     * What one document of many tells about a field.
     *
     * @param count documents that have it
     * @param value of one of them: {@code float[]}, {@code byte[]}; null where there is none
     */
    private record Probe(long count, Object value) {
        static final Probe NOTHING = new Probe(0, null);

        int bits() {
            return value instanceof byte[] code ? code.length * 8 : 0;
        }

        int dims() {
            return value instanceof float[] vector ? vector.length : 0;
        }
    }

    void start(ActionListener<DuplicatesAction.Response> listener) {
        AsyncSteps.<VectorField>first(l -> find(same, l))
                .<Probe>then((l, field) -> {
                    sameField = field;
                    same = field == null ? null : same.of(field.name());
                    probe(field, l);
                })
                .<VectorField>then((l, probe) -> {
                    sameProbe = probe;
                    decideWhich();
                    find(alike, l);
                })
                .<Probe>then((l, field) -> {
                    if (alikeField == null) {
                        alikeField = field;
                        alike = field == null ? null : alike.of(field.name());
                        probe(field, l);
                    } else {
                        l.onResponse(alikeProbe);
                    }
                })
                .<Probe>then((l, probe) -> {
                    alikeProbe = probe;
                    probeCodes(l);
                })
                .<Set<String>>then((l, probe) -> {
                    hashProbe = probe;
                    check();
                    findQualities(l);
                })
                .<Void>then((l, found) -> {
                    qualities = found;
                    countLacking(sameField, l);
                })
                .<Void>then((l, counted) -> countLacking(alikeField, l))
                .<DuplicatesAction.Response>then((l, counted) -> waitForTurn(l))
                .to(listener);
    }

    /** What encoders made without what is compared, as may be where an index is filled by hand. */
    private void countLacking(VectorField field, ActionListener<Void> listener) {
        if (field == null || !field.marked()) {
            listener.onResponse(null);
            return;
        }
        SearchRequest search = new SearchRequest(request.indices())
                .indicesOptions(request.indicesOptions())
                .allowPartialSearchResults(false)
                .source(new SearchSourceBuilder()
                        .query(matching().filter(field.lacking()))
                        .size(0)
                        .trackTotalHits(true));
        client.search(search, AsyncSteps.map(listener, found -> {
            long lacking = found.getHits().getTotalHits().value();
            if (lacking > 0) {
                warnings.add("[" + lacking + "] documents name an encoder in [" + Values.cut(field.encoderField())
                        + "] but have no [" + Values.cut(field.name())
                        + "], and were not compared by it; index them again through a pipeline");
            }
            return null;
        }));
    }

    private void find(DuplicateCriterion criterion, ActionListener<VectorField> listener) {
        if (criterion == null || (criterion.equals(alike) && alikeField != null)) {
            listener.onResponse(null);
        } else {
            new FieldLookup(client, List.of(request.indices()), request.indicesOptions(), metadata)
                    .named(criterion.field(), listener);
        }
    }

    private void probe(VectorField field, ActionListener<Probe> listener) {
        if (field == null) {
            listener.onResponse(Probe.NOTHING);
            return;
        }
        SearchRequest search = new SearchRequest(request.indices())
                .indicesOptions(request.indicesOptions())
                .allowPartialSearchResults(false)
                .source(new SearchSourceBuilder()
                        .query(matching().filter(field.exists()))
                        .size(1)
                        .fetchSource(false)
                        .trackTotalHits(true)
                        .ext(List.of(new StoredValues(List.of(field.name())))));
        client.search(search, AsyncSteps.map(listener, found -> {
            SearchHit[] hits = found.getHits().getHits();
            Object value = hits.length == 0 || hits[0].field(field.name()) == null
                    ? null
                    : hits[0].field(field.name()).getValues().stream()
                            .filter(each -> each != null)
                            .findFirst()
                            .orElse(null);
            return new Probe(found.getHits().getTotalHits().value(), value);
        }));
    }

    /** Another field of that name is none of ours, and tells nothing. */
    private void findQualities(ActionListener<Set<String>> listener) {
        String[] names = fields().map(VectorField::qualityField).distinct().toArray(String[]::new);
        client.fieldCaps(
                new FieldCapabilitiesRequest()
                        .indices(request.indices())
                        .indicesOptions(request.indicesOptions())
                        .fields(names),
                AsyncSteps.map(
                        listener,
                        found -> Stream.of(names)
                                .filter(name -> found.get().containsKey(name)
                                        && isQuality(found.get().get(name)))
                                .collect(Collectors.toSet())));
    }

    private static boolean isQuality(Map<String, FieldCapabilities> types) {
        return StoredValues.WHOLE_NUMBERS.containsAll(types.keySet())
                && types.values().stream().allMatch(FieldCapabilities::isAggregatable);
    }

    private Stream<VectorField> fields() {
        return Stream.of(sameField, alikeField).filter(Objects::nonNull);
    }

    private static String encoderField(VectorField field) {
        return field == null ? null : field.encoderField();
    }

    /** The only field of a simple request may turn out to hold vectors. */
    private void decideWhich() {
        if (!request.simple) {
            return;
        }
        if (sameProbe.dims() > 0 || (sameProbe.value == null && same.speaksOfVectors())) {
            alike = same.requireAlike();
            alikeField = sameField;
            alikeProbe = sameProbe;
            same = null;
            sameField = null;
            sameProbe = Probe.NOTHING;
        } else {
            same = same.requireSame();
        }
    }

    /** The codes that lead to near vectors, where they may be needed. */
    private void probeCodes(ActionListener<Probe> listener) {
        if (alike == null || alike.candidates() == DuplicateCriterion.Candidates.ALL || !alikeCandidates()) {
            listener.onResponse(Probe.NOTHING);
            return;
        }
        probe(new VectorField(alike.codes(), alikeField.nested()), listener);
    }

    /** Whether candidates are chosen by code, if there are codes. */
    private boolean alikeCandidates() {
        return alike.wantsCodes() || alikeProbe.count > VectorDuplicates.FEW;
    }

    private void check() {
        if (same != null && sameProbe.dims() > 0) {
            throw new IllegalArgumentException("field [" + same.field()
                    + "] holds vectors; [same] compares codes: name a dense_vector field with element_type "
                    + "[bit], such as [photo.phash], or ask for this one in [alike] with [similarity]");
        }
        if (alike != null && alikeProbe.bits() > 0) {
            throw new IllegalArgumentException("field [" + alike.field()
                    + "] holds codes; [alike] compares vectors: name a dense_vector field of numbers, such "
                    + "as [photo.vector], or ask for this one in [same] with [max_distance]");
        }
        if (same != null && sameProbe.bits() > 0 && same.bits() > sameProbe.bits()) {
            throw new IllegalArgumentException("[" + same.path() + "max_distance] must be at most [" + sameProbe.bits()
                    + "], the bits of field [" + same.field() + "]; got [" + same.bits() + "]");
        }
        requireCodes();
        if (sameField != null && alikeField != null && !Objects.equals(sameField.nested(), alikeField.nested())) {
            throw new IllegalArgumentException("fields [" + same.field() + "] and [" + alike.field()
                    + "] lie in different objects; ask for [same] and [alike] in two requests");
        }
        long count = Math.max(sameProbe.count, alikeProbe.count);
        if (count > request.maxDocuments) {
            throw new IllegalArgumentException("[" + count + "] documents have the field but [max_documents] is ["
                    + request.maxDocuments + "]; choose fewer by [query], or raise [max_documents]");
        }
    }

    private void requireCodes() {
        if (alike != null && alike.wantsCodes() && alikeProbe.count > 0 && hashProbe.bits() == 0) {
            throw new IllegalArgumentException("[candidates] [hamming] needs codes of the vectors, but field ["
                    + alike.codes()
                    + "] holds none; name a dense_vector field with element_type [bit] in [hash_field], or "
                    + "use [candidates] [all]");
        }
    }

    private BoolQueryBuilder matching() {
        BoolQueryBuilder bool = QueryBuilders.boolQuery();
        return request.query == null ? bool : bool.filter(request.query);
    }

    private void waitForTurn(ActionListener<DuplicatesAction.Response> listener) {
        AsyncSteps.holding(() -> Releasables.close(reserved), listener, next -> {
            // before the turn, so that too little memory is told at once
            reserveFor(Math.max(sameProbe.count, alikeProbe.count));
            pool.inTurn(task, next, this::read);
            request.accept();
        });
    }

    /** Of nested pictures there may be more than documents. */
    private void reserveFor(long pictures) {
        int n = (int) Math.min(pictures, Integer.MAX_VALUE / 8);
        long bytes = Pictures.bytes(pictures, sameProbe.bits(), alikeProbe.dims(), hashProbe.bits())
                + (same == null ? 0 : NearPairs.bytes(n, Math.max(8, sameProbe.bits())))
                + (alike == null ? 0 : VectorPairs.bytes(pictures, alikeProbe.dims()))
                + (hashProbe.bits() == 0 ? 0 : NearPairs.bytes(n, hashProbe.bits()));
        reserved.add(pool.reserve(bytes, "choose fewer than [" + (reservedFor + pictures) + "] pictures by [query]"));
        reservedFor += pictures;
    }

    private void reserveLongIds(long bytes) {
        if (bytes > reservedForIds) {
            long more = Math.max(1 << 20, bytes / 2);
            reserved.add(pool.reserve(more, "choose pictures with shorter ids, or fewer, by [query]"));
            reservedForIds += more;
        }
    }

    private void read(ActionListener<DuplicatesAction.Response> listener) {
        Pictures.Fields fields = new Pictures.Fields(
                same == null ? null : same.field(),
                alike == null ? null : alike.field(),
                hashProbe.bits() == 0 ? null : alike.codes(),
                encoderField(sameField),
                encoderField(alikeField),
                fields().map(VectorField::qualityField)
                        .filter(qualities::contains)
                        .distinct()
                        .toList(),
                (sameField == null ? alikeField : sameField).nested() != null);
        Pictures pictures = new Pictures(this::kindOfSame, request.minQuality);
        BoolQueryBuilder any = QueryBuilders.boolQuery().minimumShouldMatch(1);
        fields().forEach(field -> any.should(field.exists()));
        Documents.Asked asked = new Documents.Asked(
                List.of(request.indices()),
                request.indicesOptions(),
                matching().filter(any),
                fields.names(),
                List.of(),
                List.of(),
                Documents.pageSize(
                        (alikeProbe.dims() + 1) * Float.BYTES + (sameProbe.bits() + hashProbe.bits()) / 8 + 100));
        long[] read = {0};
        Documents.read(
                client,
                pool.executor(),
                asked,
                (page, total, more) -> {
                    page.forEach(document -> pictures.add(document, fields));
                    while (pictures.size() > reservedFor) {
                        reserveFor(Math.max(1000, reservedFor / 2));
                    }
                    reserveLongIds(pictures.longIds());
                    if (pictures.documents() > request.maxDocuments) {
                        throw new IllegalArgumentException("more than [max_documents] [" + request.maxDocuments
                                + "] documents; choose fewer by [query], or raise [max_documents]");
                    }
                    read[0] += page.size();
                    task.at("read", read[0], total);
                    more.onResponse(true);
                },
                AsyncSteps.after(
                        listener, (next, count) -> AsyncSteps.run(pool.executor(), next, l -> answer(pictures, l))));
    }

    /** Perceptual hashes of one kind are comparable whatever else their encoders are. */
    private String kindOfSame(String fingerprint) {
        String perceptual = sameField.perceptual() ? encoders.perceptualOf(fingerprint) : null;
        return perceptual == null ? fingerprint : "perceptual " + perceptual;
    }

    private void answer(Pictures pictures, ActionListener<DuplicatesAction.Response> listener) {
        DuplicatesReport report = new DuplicatesReport(request, pictures, warnings, task::ensureNotCancelled);
        try (Workers workers = new Workers(pool.threads(), pool.executor())) {
            HashDuplicates found = null;
            if (same != null) {
                found = new HashDuplicates(pictures, same, (step, done, of) -> task.at("same", done, of));
                found.search(workers);
                report.same(same, found);
            }
            if (alike != null) {
                VectorDuplicates search =
                        new VectorDuplicates(pictures, alike, found, (step, done, of) -> task.at("alike", done, of));
                search.search(workers);
                report.alike(alike, search);
            }
        }
        task.at("fetch", 0, 0);
        report.fetch(
                client,
                AsyncSteps.map(
                        listener,
                        shown -> new DuplicatesAction.Response(
                                report.toMap(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)))));
    }
}

package io.lookalike.duplicates;

import io.lookalike.encoder.FieldNames;
import io.lookalike.encoder.Messages;
import io.lookalike.query.StoredValues;
import io.lookalike.task.AsyncSteps;
import io.lookalike.task.FieldLookup;
import io.lookalike.task.TaskClient;
import io.lookalike.task.VectorField;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.fieldcaps.FieldCapabilities;
import org.elasticsearch.action.fieldcaps.FieldCapabilitiesRequest;
import org.elasticsearch.action.fieldcaps.FieldCapabilitiesResponse;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.index.query.BoolQueryBuilder;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.QueryBuilders;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.builder.SearchSourceBuilder;

/**
 * Finds out which fields a request compares and what they hold, and refuses what cannot be compared. For one use; its
 * steps follow each other on several threads.
 */
final class ComparedFields {
    private final TaskClient client;
    private final DuplicatesAction.Request request;
    private final FieldLookup lookup;
    private final List<String> warnings = new ArrayList<>();
    private DuplicateCriterion same;
    private DuplicateCriterion alike;
    private VectorField sameField;
    private VectorField alikeField;
    private Probe sameProbe = Probe.NOTHING;
    private Probe alikeProbe = Probe.NOTHING;
    private Probe hashProbe = Probe.NOTHING;
    private Set<String> qualities = Set.of();
    /** What confirms pairs of codes; null where there is none. */
    private String detailField;

    private String vectorField;
    private int vectorDims;

    /** @param metadata of the indices, for field aliases */
    ComparedFields(TaskClient client, DuplicatesAction.Request request, ProjectMetadata metadata) {
        this.client = client;
        this.request = request;
        this.lookup = new FieldLookup(client, List.of(request.indices()), request.indicesOptions(), metadata);
        this.same = request.same;
        this.alike = request.alike;
    }

    /**
     * What a field holds, judged by one document.
     *
     * @param count number of documents that have it
     * @param value of one of them, {@code float[]} or {@code byte[]}; null without any
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

    /** Tells the listener when all is known. */
    void find(ActionListener<Void> listener) {
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
                .<FieldCapabilitiesResponse>then((l, probe) -> {
                    hashProbe = probe;
                    check();
                    findSiblings(l);
                })
                .<Probe>then((l, found) -> {
                    qualities = qualities(found);
                    warnOfNoQuality();
                    detailField = checkField(FieldNames.DETAIL, found);
                    vectorField = checkField(FieldNames.VECTOR, found);
                    probe(vectorField == null ? null : new VectorField(vectorField, sameField.nested()), l);
                })
                .<Void>then((l, probe) -> {
                    vectorDims = probe.dims();
                    vectorField = vectorDims == 0 ? null : vectorField;
                    requireChecks();
                    countLacking(sameField, l);
                })
                .<Void>then((l, counted) -> countLacking(alikeField, l))
                .to(listener);
    }

    /** By codes; null if not asked for. */
    DuplicateCriterion same() {
        return same;
    }

    /** By vectors; null if not asked for. */
    DuplicateCriterion alike() {
        return alike;
    }

    /** What is to be told of documents that are not compared. */
    List<String> warnings() {
        return warnings;
    }

    /** Number of documents that have one of the fields, about. */
    long documents() {
        return Math.max(sameProbe.count, alikeProbe.count);
    }

    int sameBits() {
        return sameProbe.bits();
    }

    /** Bits of the codes by which vectors are compared; 0 without such codes. */
    int hashBits() {
        return hashProbe.bits();
    }

    int dims() {
        return alikeProbe.dims();
    }

    /** Whether the codes are perceptual hashes. */
    boolean isPerceptual() {
        return sameField.perceptual();
    }

    /** Whether pairs of codes are confirmed by something else, where a picture has it. */
    boolean verifies() {
        return detailField != null || vectorField != null;
    }

    /** Confirms pairs of codes, see {@link #verifies}. */
    PictureChecks checks(Pictures pictures, Runnable cancelled) {
        return new PictureChecks(pictures, detailField, vectorField, cancelled);
    }

    /** The most bytes that confirming takes for so many pictures. */
    long bytesOfChecks(long count) {
        return PictureChecks.bytes(count, detailField != null, vectorDims);
    }

    /** What to read of documents to confirm their pictures: nested entries must be counted as in the first reading. */
    List<String> toConfirm() {
        return Stream.concat(toRead().names().stream(), Stream.of(detailField, vectorField))
                .filter(Objects::nonNull)
                .distinct()
                .toList();
    }

    /** What to read of each document. */
    Pictures.Fields toRead() {
        return new Pictures.Fields(
                same == null ? null : same.field(),
                alike == null ? null : alike.field(),
                hashBits() == 0 ? null : alike.codes(),
                encoderField(sameField),
                encoderField(alikeField),
                fields().map(VectorField::qualityField)
                        .filter(qualities::contains)
                        .distinct()
                        .toList(),
                (sameField == null ? alikeField : sameField).nested() != null);
    }

    /** The documents that match the query of the request and have one of the fields. */
    QueryBuilder withAny() {
        BoolQueryBuilder any = QueryBuilders.boolQuery().minimumShouldMatch(1);
        fields().forEach(field -> any.should(field.exists()));
        return matching().filter(any);
    }

    /** Of these, the documents that match. */
    QueryBuilder withAny(QueryBuilder some) {
        return QueryBuilders.boolQuery().filter(withAny()).filter(some);
    }

    /** Warns of documents that name an encoder but lack the field, as an index that is filled by hand may have them. */
    private void countLacking(VectorField field, ActionListener<Void> listener) {
        if (field == null || !field.hasEncoderField()) {
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
                warnings.add("[" + lacking + "] documents name an encoder in [" + Messages.cut(field.encoderField())
                        + "] but have no [" + Messages.cut(field.name())
                        + "], and were not compared by it; index them again through a pipeline");
            }
            return null;
        }));
    }

    private void find(DuplicateCriterion criterion, ActionListener<VectorField> listener) {
        if (criterion == null || (criterion.equals(alike) && alikeField != null)) {
            listener.onResponse(null);
        } else {
            lookup.named(criterion.field(), listener);
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

    private void findSiblings(ActionListener<FieldCapabilitiesResponse> listener) {
        client.fieldCaps(
                new FieldCapabilitiesRequest()
                        .indices(request.indices())
                        .indicesOptions(request.indicesOptions())
                        .fields(Stream.concat(
                                        fields().map(VectorField::qualityField),
                                        sameField == null
                                                ? Stream.of()
                                                : request.verify.siblings().stream()
                                                        .map(this::besideSame))
                                .distinct()
                                .toArray(String[]::new)),
                listener);
    }

    private String besideSame(String name) {
        return FieldNames.sibling(sameField.name(), name);
    }

    /** The fields of qualities; one that holds no whole numbers is the user's own and is ignored. */
    private Set<String> qualities(FieldCapabilitiesResponse found) {
        return fields().map(VectorField::qualityField)
                .filter(name ->
                        found.get().containsKey(name) && isQuality(found.get().get(name)))
                .collect(Collectors.toSet());
    }

    /** A field that confirms pairs of codes; null if there is none or none is wanted. */
    private String checkField(String name, FieldCapabilitiesResponse found) {
        if (sameField == null
                || !request.verify.siblings().contains(name)
                || (!request.verify.isAsked() && !sameField.perceptual())) {
            return null;
        }
        Map<String, FieldCapabilities> types = found.get().getOrDefault(besideSame(name), Map.of());
        boolean vectors = types.keySet().equals(Set.of(FieldLookup.TYPE))
                && types.values().stream().allMatch(FieldCapabilities::isSearchable);
        return vectors ? besideSame(name) : null;
    }

    private void warnOfNoQuality() {
        if (sameField != null
                && sameField.perceptual()
                && request.minQuality > 0
                && sameProbe.count > 0
                && !qualities.contains(sameField.qualityField())) {
            warnings.add("no field [" + Messages.cut(sameField.qualityField()) + "] of whole numbers is mapped in all "
                    + "indices, so pictures without content, which all have nearly the same hash, were compared too; "
                    + "map it as GET /_lookalike/encoder/{id}/_mapping does, and index the pictures again");
        }
    }

    private void requireChecks() {
        if (!request.verify.isAsked()) {
            return;
        }
        if (sameField == null) {
            throw new IllegalArgumentException(
                    "[verify] confirms pictures that are the same by their codes, but field [" + alike.field()
                            + "] holds vectors; leave it out");
        }
        if (detailField == null && vectorField == null && sameProbe.count > 0) {
            throw new IllegalArgumentException(
                    "[verify] [" + request.verify.toString().toLowerCase(Locale.ROOT)
                            + "] needs the field ["
                            + Messages.cut(besideSame(request.verify.siblings().getFirst()))
                            + "] beside the codes, as GET /_lookalike/encoder/{id}/_mapping answers it, "
                            + "in all indices; index the pictures there, or use [verify] [auto]");
        }
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

    /** In a request with one field, what that holds decides between codes and vectors. */
    private void decideWhich() {
        if (!request.simple) {
            return;
        }
        if (sameProbe.dims() > 0 || (sameProbe.value == null && same.hasKeysOfVectors())) {
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

    /** Looks at the codes of the vectors, if they may be needed to choose candidates. */
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
        if (documents() > request.maxDocuments) {
            throw new IllegalArgumentException("[" + documents() + "] documents have the field but [max_documents] is ["
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
}

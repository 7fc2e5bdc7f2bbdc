package io.lookalike.query;

import io.lookalike.encoder.EncoderDefinition;
import io.lookalike.encoder.Mappings;
import io.lookalike.encoder.Messages;
import io.lookalike.inference.Encoders;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.action.ResolvedIndices;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.MappingMetadata;
import org.elasticsearch.common.cache.Cache;
import org.elasticsearch.common.cache.CacheBuilder;

/**
 * What the mappings of the indices that a search names say of a field. Each mapping is parsed once for a field, and the
 * answer kept for all searches of the node. Immutable and thread-safe.
 *
 * @param indices null where they are not known
 */
record SearchedMappings(ResolvedIndices indices) {
    private static final int SHOWN_FIELDS = 10;
    private static final int SHOWN_ENCODERS = 20;
    private static final int REMEMBERED_MAPPINGS = 1000;
    private static final Cache<MappedField, Mapped> MAPPED = CacheBuilder.<MappedField, Mapped>builder()
            .setMaximumWeight(REMEMBERED_MAPPINGS)
            .build();

    /** A field of any index with this mapping. */
    private record MappedField(String mappingSha256, String field) {}

    /**
     * What a mapping says of a field.
     *
     * @param target the field, or the one that it is an alias of
     * @param encoder that the field's meta names; null for none
     * @param kind of codes that its meta names; null for none
     * @param within fields of vectors and codes directly within the field, if it is an object
     */
    private record Mapped(
            boolean mapped, boolean object, String target, String encoder, Object kind, List<String> within) {}

    /** Whether the search is over a single local index, as far as is known. */
    boolean isOfOneIndex() {
        return indices != null && indices.getConcreteLocalIndicesMetadata().size() == 1;
    }

    /**
     * The encoder that the query names, else the one that the mappings name, else null.
     *
     * @param searched the field of vectors or codes
     * @param asked the encoder that the query names, or null
     */
    String encoder(String searched, String asked, Encoders encoders) {
        TreeSet<String> named = requireField(searched, asked);
        if (asked != null) {
            if (!encoders.registry().exists(asked)) {
                throw new ResourceNotFoundException(encoders.registry().noSuchEncoder(asked));
            }
            return asked;
        }
        if (named.size() > 1) {
            throw new IllegalArgumentException("the mappings of [" + Messages.show(searched) + "] name encoders "
                    + named.stream().map(Messages::show).limit(SHOWN_ENCODERS).toList()
                    + "; name one of them in [encoder]");
        }
        return named.isEmpty() ? null : named.first();
    }

    /** Refuses a field that no index has, and objects; returns the encoders that the mappings name. */
    private TreeSet<String> requireField(String searched, String asked) {
        boolean mapped =
                indices == null || indices.getConcreteLocalIndicesMetadata().isEmpty();
        TreeSet<String> named = new TreeSet<>();
        TreeSet<String> within = new TreeSet<>();
        boolean objects = !mapped;
        if (indices != null) {
            for (IndexMetadata index : indices.getConcreteLocalIndicesMetadata().values()) {
                Mapped found = mapped(index.mapping(), searched);
                mapped |= found.mapped;
                objects &= !found.mapped || found.object;
                within.addAll(found.within);
                if (found.encoder != null) {
                    named.add(found.encoder);
                }
            }
        }
        if (!mapped) {
            throw new IllegalArgumentException("no index that is searched has a field [" + Messages.show(searched)
                    + "]; create the index with the mapping that GET /_lookalike/encoder/"
                    + (asked == null ? EncoderDefinition.DEFAULT : Messages.show(asked))
                    + "/_mapping answers, then index documents through a pipeline");
        }
        if (objects && within.isEmpty()) {
            throw new IllegalArgumentException("field [" + Messages.show(searched)
                    + "] is an object without vectors or codes; name a field of these, such as [photo.vector]");
        }
        if (named.isEmpty() && !within.isEmpty()) {
            throw new IllegalArgumentException(
                    "field [" + Messages.show(searched) + "] is an object; did you mean one of " + within + "?");
        }
        return named;
    }

    /**
     * The field that a name means: of an alias the one that it points to.
     *
     * @throws IllegalArgumentException where it means several
     */
    String target(String field) {
        Set<String> targets = new TreeSet<>();
        of(field).forEach(found -> targets.add(found.target));
        return Mappings.oneTarget(field, targets);
    }

    /**
     * Whether a field holds perceptual hashes, not codes of embeddings.
     *
     * @throws IllegalArgumentException where indices differ in that
     */
    boolean isPerceptual(String field) {
        Set<Boolean> perceptual = new TreeSet<>();
        of(field).forEach(found -> perceptual.add(Mappings.isPerceptual(found.kind, found.target)));
        if (perceptual.size() > 1) {
            throw new IllegalArgumentException("field [" + Messages.show(field)
                    + "] holds hashes of pixels in some of the indices that are searched and codes of embeddings in "
                    + "others, as ["
                    + Mappings.META_KIND + "] in the [meta] of their mappings says; search them apart");
        }
        return perceptual.isEmpty() ? Mappings.isPerceptual(null, field) : perceptual.contains(true);
    }

    /** Whether any index has a field. */
    boolean isMapped(String field) {
        return !of(field).isEmpty();
    }

    /** What the mappings that have a field say of it. */
    private List<Mapped> of(String field) {
        return indices == null
                ? List.of()
                : indices.getConcreteLocalIndicesMetadata().values().stream()
                        .map(index -> mapped(index.mapping(), field))
                        .filter(Mapped::mapped)
                        .toList();
    }

    private static Mapped mapped(MappingMetadata mapping, String field) {
        if (mapping == null) {
            return new Mapped(false, false, field, null, null, List.of());
        }
        MappedField key = new MappedField(mapping.getSha256(), field);
        Mapped known = MAPPED.get(key);
        if (known == null) {
            Map<String, Object> source = mapping.sourceAsMap();
            Map<?, ?> found = Mappings.find(source, field);
            Map<?, ?> meta = found != null && found.get("meta") instanceof Map<?, ?> given ? given : Map.of();
            known = new Mapped(
                    found != null,
                    found != null && (found.get("type") == null || "object".equals(found.get("type"))),
                    found == null ? field : Mappings.target(source, field),
                    meta.get(Mappings.META_ENCODER) instanceof String id ? id : null,
                    meta.get(Mappings.META_KIND),
                    vectorsWithin(found, field));
            if (found != null) {
                MAPPED.put(key, known); // unmapped names would fill the cache
            }
        }
        return known;
    }

    /** Fields of vectors and codes directly within an object, if it is one. */
    private static List<String> vectorsWithin(Map<?, ?> found, String name) {
        List<String> within = new ArrayList<>();
        if (found != null && found.get("properties") instanceof Map<?, ?> properties) {
            properties.forEach((inner, mapped) -> {
                if (mapped instanceof Map<?, ?> map
                        && "dense_vector".equals(map.get("type"))
                        && within.size() < SHOWN_FIELDS) {
                    within.add(Messages.show(name + "." + inner));
                }
            });
        }
        return List.copyOf(within);
    }
}

package io.lookalike.query;

import io.lookalike.encoder.Messages;
import java.util.Locale;
import java.util.Map;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.LeafReaderContext;
import org.elasticsearch.common.Strings;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.index.mapper.KeywordFieldMapper.KeywordFieldType;
import org.elasticsearch.index.mapper.MappedFieldType;
import org.elasticsearch.index.mapper.Mapper;
import org.elasticsearch.index.mapper.vectors.DenseVectorFieldMapper.DenseVectorFieldType;
import org.elasticsearch.index.mapper.vectors.DenseVectorFieldMapper.ElementType;
import org.elasticsearch.index.query.SearchExecutionContext;
import org.elasticsearch.xcontent.json.JsonXContent;

/** Looks up the fields of a query in a shard's mapping, and refuses those that do not fit. */
final class VectorFields {
    private static final int UNKNOWN = -1;

    private VectorFields() {}

    /**
     * A field of vectors; null where this index does not map it, or where its dims are unknown because it has no vector
     * yet.
     */
    static DenseVectorFieldType vectors(SearchExecutionContext context, String name, int dims, String what) {
        DenseVectorFieldType field = dense(context, name);
        if (field == null) {
            return null;
        }
        if (field.getElementType() == ElementType.BIT) {
            throw new IllegalArgumentException("field [" + Messages.show(name)
                    + "] holds codes (element_type [bit]); [field] must be a field of vectors, [hash_field] "
                    + "one of codes");
        }
        int mapped = dims(field, context);
        if (mapped == UNKNOWN) {
            return null;
        }
        if (mapped != dims) {
            throw new IllegalArgumentException("field [" + Messages.show(name) + "] has [" + mapped + "] dims but ["
                    + what + "] has [" + dims + "]");
        }
        return field;
    }

    /**
     * A field of codes; null where this index does not map it, or where its bits are unknown because it has no code
     * yet.
     */
    static DenseVectorFieldType codes(SearchExecutionContext context, String name, int bits, String what) {
        DenseVectorFieldType field = dense(context, name);
        if (field == null) {
            return null;
        }
        if (field.getElementType() != ElementType.BIT) {
            throw new IllegalArgumentException("field [" + Messages.show(name) + "] has element_type ["
                    + field.getElementType().toString().toLowerCase(Locale.ROOT)
                    + "]; codes need a dense_vector field with element_type [bit]");
        }
        int mapped = dims(field, context);
        if (mapped == UNKNOWN) {
            return null;
        }
        if (mapped != bits) {
            throw new IllegalArgumentException("field [" + Messages.show(name) + "] has [" + mapped + "] bits but ["
                    + what + "] has [" + bits + "]");
        }
        return field;
    }

    /** Whether a field holds codes of this many bits. */
    static boolean holdsCodes(SearchExecutionContext context, String name, int bits) {
        return context.getFieldType(name) instanceof DenseVectorFieldType field
                && field.isSearchable()
                && field.getElementType() == ElementType.BIT
                && dims(field, context) == bits;
    }

    /** Refuses a field of codes without an HNSW graph. */
    static void requireGraph(DenseVectorFieldType codes) {
        // without [index_options] the field has a graph
        if (codes.getIndexOptions() != null && codes.getIndexOptions().isFlat()) {
            throw new IllegalArgumentException(
                    "field [" + Messages.show(codes.name()) + "] is mapped with index option ["
                            + codes.getIndexOptions().getType().getName()
                            + "] and has no graph for [candidates] [hnsw]; map it as GET "
                            + "/_lookalike/encoder/{id}/_mapping?graph=codes"
                            + " answers and index again, or use [candidates] [hamming]");
        }
    }

    /**
     * A field of terms; null where this index does not map it.
     *
     * @param what one of the terms, such as {@code bucket}
     * @param parameter that names the field
     */
    static KeywordFieldType terms(SearchExecutionContext context, String name, String what, String parameter) {
        MappedFieldType type = context.getFieldType(name);
        if (type == null) {
            return null;
        }
        if (!(type instanceof KeywordFieldType field)) {
            throw new IllegalArgumentException("field [" + Messages.show(name) + "] is of type [" + type.typeName()
                    + "]; " + what + "s need a [keyword] field, named in [" + parameter + "]");
        }
        if (!field.indexType().hasTerms()) {
            throw new IllegalArgumentException("field [" + Messages.show(name)
                    + "] is mapped with \"index\": false and cannot be searched by " + what
                    + "; map it with \"index\": true");
        }
        return field;
    }

    /** The field of norms that a name means, which may be an alias; null where this index does not map it. */
    static String norms(SearchExecutionContext context, String name) {
        MappedFieldType type = context.getFieldType(name);
        if (type == null) {
            return null;
        }
        if (!"float".equals(type.typeName()) || !type.hasDocValues()) {
            throw new IllegalArgumentException("field [" + Messages.show(name) + "] is of type [" + type.typeName()
                    + (type.hasDocValues() ? "]" : "] without doc values")
                    + "; norms need a [float] field with doc values, named in [norm_field]");
        }
        return type.name();
    }

    /**
     * The dims of a field, from the segments, which is fast, else from the mapping. A field that is mapped without
     * [dims] has none until its first document, and its type throws when asked for them.
     */
    private static int dims(DenseVectorFieldType field, SearchExecutionContext context) {
        boolean bits = field.getElementType() == ElementType.BIT;
        if (context.getIndexReader() != null) {
            for (LeafReaderContext leaf : context.getIndexReader().leaves()) {
                FieldInfo info = leaf.reader().getFieldInfos().fieldInfo(field.name());
                if (info != null && info.getVectorDimension() > 0) {
                    return bits ? Byte.SIZE * info.getVectorDimension() : info.getVectorDimension();
                }
            }
        }
        Mapper mapper = context.getMappingLookup().getMapper(field.name());
        if (mapper == null) {
            return UNKNOWN;
        }
        Object written = XContentHelper.convertToMap(JsonXContent.jsonXContent, Strings.toString(mapper), false)
                .get(mapper.leafName());
        return written instanceof Map<?, ?> parameters && parameters.get("dims") instanceof Number dims
                ? dims.intValue()
                : UNKNOWN;
    }

    private static DenseVectorFieldType dense(SearchExecutionContext context, String name) {
        MappedFieldType type = context.getFieldType(name);
        if (type == null) {
            return null;
        }
        if (!(type instanceof DenseVectorFieldType field)) {
            throw new IllegalArgumentException("field [" + Messages.show(name) + "] is of type [" + type.typeName()
                    + "]; it must be an indexed dense_vector: create the index with the mapping that GET "
                    + "/_lookalike/encoder/{id}/_mapping answers");
        }
        if (!field.isSearchable()) {
            throw new IllegalArgumentException("field [" + Messages.show(name)
                    + "] is mapped with \"index\": false and cannot be searched; map it with \"index\": true");
        }
        return field;
    }
}

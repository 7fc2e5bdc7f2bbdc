package io.lookalike.query;

import java.util.Locale;
import org.elasticsearch.index.mapper.MappedFieldType;
import org.elasticsearch.index.mapper.vectors.DenseVectorFieldMapper.DenseVectorFieldType;
import org.elasticsearch.index.mapper.vectors.DenseVectorFieldMapper.ElementType;
import org.elasticsearch.index.query.SearchExecutionContext;

/** Looks up the fields of a query in a shard's mapping, refusing those that cannot serve. */
final class VectorFields {
    private VectorFields() {}

    /** A field of numbers, or null where this index does not map it. */
    static DenseVectorFieldType vectors(SearchExecutionContext context, String name, int dims, String what) {
        DenseVectorFieldType field = dense(context, name);
        if (field == null) {
            return null;
        }
        if (field.getElementType() == ElementType.BIT) {
            throw new IllegalArgumentException(
                    "field [" + name
                            + "] holds codes (element_type [bit]); [field] must be a field of vectors, [hash_field] one of codes");
        }
        if (field.getVectorDimensions() != dims) {
            throw new IllegalArgumentException("field [" + name + "] has [" + field.getVectorDimensions()
                    + "] dims but [" + what + "] has [" + dims + "]");
        }
        return field;
    }

    /** A field of codes, or null where this index does not map it. */
    static DenseVectorFieldType codes(SearchExecutionContext context, String name, int bits, String what) {
        DenseVectorFieldType field = dense(context, name);
        if (field == null) {
            return null;
        }
        if (field.getElementType() != ElementType.BIT) {
            throw new IllegalArgumentException("field [" + name + "] has element_type ["
                    + field.getElementType().toString().toLowerCase(Locale.ROOT)
                    + "]; codes need a dense_vector field with element_type [bit]");
        }
        if (field.getVectorDimensions() != bits) {
            throw new IllegalArgumentException("field [" + name + "] has [" + field.getVectorDimensions()
                    + "] bits but [" + what + "] has [" + bits + "]");
        }
        return field;
    }

    private static DenseVectorFieldType dense(SearchExecutionContext context, String name) {
        MappedFieldType type = context.getFieldType(name);
        if (type == null) {
            return null;
        }
        if (!(type instanceof DenseVectorFieldType field)) {
            throw new IllegalArgumentException(
                    "field [" + name + "] is of type [" + type.typeName()
                            + "]; it must be an indexed dense_vector: create the index with the mapping that GET /_lookalike/encoder/{id}/_mapping answers");
        }
        if (!field.isSearchable()) {
            throw new IllegalArgumentException("field [" + name
                    + "] is mapped with \"index\": false and cannot be searched; map it with \"index\": true");
        }
        return field;
    }
}

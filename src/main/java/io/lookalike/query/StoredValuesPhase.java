package io.lookalike.query;

import io.lookalike.search.stored.StoredCodes;
import io.lookalike.search.stored.StoredVectors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SortedNumericDocValues;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.util.BitSet;
import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.common.lucene.search.Queries;
import org.elasticsearch.index.mapper.KeywordFieldMapper.KeywordFieldType;
import org.elasticsearch.index.mapper.MappedFieldType;
import org.elasticsearch.index.mapper.vectors.DenseVectorFieldMapper.DenseVectorFieldType;
import org.elasticsearch.index.mapper.vectors.DenseVectorFieldMapper.ElementType;
import org.elasticsearch.index.query.SearchExecutionContext;
import org.elasticsearch.search.fetch.FetchContext;
import org.elasticsearch.search.fetch.FetchSubPhase;
import org.elasticsearch.search.fetch.FetchSubPhaseProcessor;
import org.elasticsearch.search.fetch.StoredFieldsSpec;

/**
 * Adds to hits the stored values that {@link StoredValues} requests.
 *
 * <p>The values of a field are a list with one entry: {@code float[dims]} for a field of vectors, as they were sent;
 * {@code byte[bits / 8]} for a field of codes; the list of terms for a keyword field; a {@code Long} for a field of
 * whole numbers and a {@code Boolean} for a boolean, or a list of those where a document has several. For a nested
 * field there is one entry for each nested object that has a value in any of the requested fields, in the order of the
 * document; the entry is null where the object has no value in this field. A field without a value in the document is
 * left out. Values come from the reader of the search, so documents and fields that it hides stay hidden.
 */
public final class StoredValuesPhase implements FetchSubPhase {
    @Override
    public FetchSubPhaseProcessor getProcessor(FetchContext context) {
        if (!(context.getSearchExt(StoredValues.NAME) instanceof StoredValues asked)) {
            return null;
        }
        SearchExecutionContext mapping = context.getSearchExecutionContext();
        List<Column> plain = new ArrayList<>();
        Map<String, List<Column>> nested = new TreeMap<>();
        for (String field : asked.fields()) {
            Column column = Column.of(field, mapping);
            if (column != null) {
                String path = mapping.nestedLookup().getNestedParent(column.name());
                (path == null ? plain : nested.computeIfAbsent(path, p -> new ArrayList<>())).add(column);
            }
        }
        return new Processor(
                plain,
                nested,
                nested.isEmpty()
                        ? null
                        : mapping.bitsetFilter(Queries.newNonNestedFilter(mapping.indexVersionCreated())));
    }

    private static final class Processor implements FetchSubPhaseProcessor {
        private final List<Column> plain;
        private final Map<String, List<Column>> nested;
        private final BitSetProducer documents;
        private BitSet documentsOfLeaf;

        Processor(List<Column> plain, Map<String, List<Column>> nested, BitSetProducer documents) {
            this.plain = plain;
            this.nested = nested;
            this.documents = documents;
        }

        @Override
        public void setNextReader(LeafReaderContext leaf) throws IOException {
            for (Column column : plain) {
                column.open(leaf.reader());
            }
            for (List<Column> columns : nested.values()) {
                for (Column column : columns) {
                    column.open(leaf.reader());
                }
            }
            documentsOfLeaf = documents == null ? null : documents.getBitSet(leaf);
        }

        @Override
        public void process(HitContext hit) throws IOException {
            int doc = hit.docId();
            for (Column column : plain) {
                Object value = column.value(doc);
                if (value != null) {
                    hit.hit().setDocumentField(new DocumentField(column.field(), List.of(value)));
                }
            }
            if (nested.isEmpty()) {
                return;
            }
            int first = doc == 0 ? 0 : documentsOfLeaf.prevSetBit(doc - 1) + 1;
            for (List<Column> columns : nested.values()) {
                entries(hit, columns, first, doc);
            }
        }

        /**
         * Adds the values of the nested objects {@code first} to {@code end}, exclusive, which are documents of Lucene.
         */
        private static void entries(HitContext hit, List<Column> columns, int first, int end) throws IOException {
            List<List<Object>> values = new ArrayList<>();
            columns.forEach(column -> values.add(new ArrayList<>()));
            boolean[] any = new boolean[columns.size()];
            for (int child = first; child < end; child++) {
                Object[] row = new Object[columns.size()];
                boolean found = false;
                for (int c = 0; c < row.length; c++) {
                    row[c] = columns.get(c).value(child);
                    any[c] |= row[c] != null;
                    found |= row[c] != null;
                }
                for (int c = 0; found && c < row.length; c++) {
                    values.get(c).add(row[c]);
                }
            }
            for (int c = 0; c < any.length; c++) {
                if (any[c]) {
                    hit.hit().setDocumentField(new DocumentField(columns.get(c).field(), values.get(c)));
                }
            }
        }

        @Override
        public StoredFieldsSpec storedFieldsSpec() {
            return StoredFieldsSpec.NO_REQUIREMENTS;
        }
    }

    /** One field of the leaf that was opened last; called for documents in ascending order. */
    private abstract static class Column {
        private final String field;
        private final String name;

        /**
         * @param field as it was requested
         * @param name of the field that it is an alias of, else the same
         */
        Column(String field, String name) {
            this.field = field;
            this.name = name;
        }

        /** Null where this index does not map the field. */
        static Column of(String field, SearchExecutionContext mapping) {
            MappedFieldType type = mapping.getFieldType(field);
            if (type == null) {
                return null;
            }
            if (type instanceof DenseVectorFieldType vectors && vectors.isSearchable()) {
                return vectors.getElementType() == ElementType.BIT
                        ? new Codes(field, type.name())
                        : new Vectors(field, type.name(), vectors.isNormalized());
            }
            if (type instanceof KeywordFieldType && type.hasDocValues()) {
                return new Keywords(field, type.name());
            }
            boolean truth = type.typeName().equals(StoredValues.BOOLEAN);
            if ((truth || StoredValues.WHOLE_NUMBERS.contains(type.typeName())) && type.hasDocValues()) {
                return new Numbers(field, type.name(), truth);
            }
            throw new IllegalArgumentException("field [" + field + "] is of type [" + type.typeName()
                    + "]; stored values are read of an indexed dense_vector, or of a keyword, a whole "
                    + "number or a boolean with doc values");
        }

        final String field() {
            return field;
        }

        final String name() {
            return name;
        }

        abstract void open(LeafReader reader) throws IOException;

        /** Null where the document has no value. */
        abstract Object value(int doc) throws IOException;
    }

    private static final class Vectors extends Column {
        private final boolean normalized;
        private StoredVectors vectors;

        Vectors(String field, String name, boolean normalized) {
            super(field, name);
            this.normalized = normalized;
        }

        @Override
        void open(LeafReader reader) throws IOException {
            vectors = StoredVectors.of(reader, name(), normalized);
        }

        @Override
        Object value(int doc) throws IOException {
            return vectors != null && vectors.advanceExact(doc)
                    ? vectors.vector().clone()
                    : null;
        }
    }

    private static final class Codes extends Column {
        private StoredCodes codes;

        Codes(String field, String name) {
            super(field, name);
        }

        @Override
        void open(LeafReader reader) throws IOException {
            codes = StoredCodes.of(reader, name());
        }

        @Override
        Object value(int doc) throws IOException {
            return codes != null && codes.advanceExact(doc) ? codes.code().clone() : null;
        }
    }

    /** Whole numbers or booleans. */
    private static final class Numbers extends Column {
        private final boolean truth;
        private SortedNumericDocValues numbers;

        Numbers(String field, String name, boolean truth) {
            super(field, name);
            this.truth = truth;
        }

        @Override
        void open(LeafReader reader) throws IOException {
            numbers = DocValues.getSortedNumeric(reader, name());
        }

        @Override
        Object value(int doc) throws IOException {
            if (!numbers.advanceExact(doc)) {
                return null;
            }
            Object first = next();
            if (numbers.docValueCount() == 1) {
                return first;
            }
            List<Object> values = new ArrayList<>(List.of(first));
            while (values.size() < numbers.docValueCount()) {
                values.add(next());
            }
            return values;
        }

        private Object next() throws IOException {
            long value = numbers.nextValue();
            return truth ? (Object) (value != 0) : (Object) value;
        }
    }

    private static final class Keywords extends Column {
        private SortedSetDocValues terms;

        Keywords(String field, String name) {
            super(field, name);
        }

        @Override
        void open(LeafReader reader) throws IOException {
            terms = DocValues.getSortedSet(reader, name());
        }

        @Override
        Object value(int doc) throws IOException {
            if (!terms.advanceExact(doc)) {
                return null;
            }
            List<String> values = new ArrayList<>(terms.docValueCount());
            for (int i = 0; i < terms.docValueCount(); i++) {
                values.add(terms.lookupOrd(terms.nextOrd()).utf8ToString());
            }
            return values;
        }
    }
}

package io.lookalike.search;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FloatDocValuesField;
import org.apache.lucene.document.KnnByteVectorField;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.SortedNumericDocValuesField;
import org.apache.lucene.document.SortedSetDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.search.join.QueryBitSetProducer;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.NumericUtils;

/**
 * An index of random documents, several segments and deletes, with a copy of everything in lists.
 *
 * <p>Some documents have no vector, no code or neither, and some have another fingerprint or none.
 */
final class RandomIndex implements Closeable {
    static final String VECTOR = "photo.vector";
    static final String HASH = "photo.hash";
    static final String BUCKETS = "photo.buckets";
    static final String CLUSTER = "photo.cluster";
    static final int TABLES = 6;
    static final int CLUSTERS = 12;
    static final String NORM = "photo.norm";
    static final String ENCODER = "photo.encoder";
    static final String MINE = "mine";
    static final BitSetProducer PARENTS = new QueryBitSetProducer(new TermQuery(new Term("kind", "parent")));

    /** How vectors are stored. */
    enum Kind {
        FLOATS,
        /** Unit vectors with their magnitudes, as a field mapped with similarity cosine keeps them. */
        UNIT,
        BYTES
    }

    /**
     * @param integers small whole components, so that sums are exact and ties many
     * @param strays the share of documents without vector, code or fingerprint, 0..1
     */
    record Shape(
            Kind kind, int dims, int codeBytes, boolean integers, boolean negative, boolean nested, double strays) {}

    /** One document or nested object as it was sent. */
    @SuppressWarnings("ArrayRecordComponent") // equals is never used
    record Sent(
            int id,
            float[] vector,
            byte[] code,
            List<String> buckets,
            Set<Integer> clusters,
            String fingerprint,
            int tag) {}

    final Shape shape;
    private final Random random;
    private final IndexWriter writer;
    private final List<Sent> sent = new ArrayList<>();
    private final List<Integer> parentIds = new ArrayList<>();
    DirectoryReader reader;

    RandomIndex(Random random, Directory directory, Codec codec, Shape shape) throws IOException {
        this.shape = shape;
        this.random = random;
        IndexWriterConfig config = new IndexWriterConfig().setMergePolicy(new LogDocMergePolicy());
        if (codec != null) {
            config.setCodec(codec);
        }
        config.setUseCompoundFile(random.nextBoolean());
        this.writer = new IndexWriter(directory, config);
        this.reader = DirectoryReader.open(writer);
    }

    float[] vector() {
        float[] vector = new float[shape.dims];
        boolean whole = shape.integers || shape.kind == Kind.BYTES;
        for (int d = 0; d < vector.length; d++) {
            float value = whole ? random.nextInt(7) - 3 : (float) random.nextGaussian() * 3;
            vector[d] = shape.negative ? value : Math.abs(value);
        }
        return vector;
    }

    byte[] code() {
        byte[] code = new byte[shape.codeBytes];
        // few distinct codes: many at the same distance
        for (int i = 0; i < code.length; i++) {
            code[i] = (byte) (random.nextInt(4) * 85 & random.nextInt(256));
        }
        return code;
    }

    /** One term for each table, of few: many documents share them. */
    List<String> buckets() {
        List<String> terms = new ArrayList<>();
        for (int table = 0; table < TABLES; table++) {
            terms.add(table + "_" + random.nextInt(3));
        }
        return terms;
    }

    /** Some tables missing, some terms twice, some that belong to no table. */
    private List<String> untidy(List<String> terms) {
        List<String> untidy = new ArrayList<>();
        for (String term : terms) {
            for (int times = random.nextInt(6) % 3; times >= 0; times--) {
                untidy.add(term);
            }
            if (random.nextInt(5) == 0) {
                untidy.removeLast();
                untidy.add("stray " + term);
            }
        }
        return untidy;
    }

    /** None, one or several; some clusters are far larger than others. */
    private Set<Integer> clusters() {
        Set<Integer> clusters = new TreeSet<>();
        for (int times = stray() ? 0 : 1 + random.nextInt(8) / 6; times > 0; times--) {
            clusters.add(random.nextInt(1 + random.nextInt(CLUSTERS)));
        }
        return clusters;
    }

    /** All clusters, and one that no document lies in, in some order. */
    int[] order() {
        List<Integer> order = new ArrayList<>();
        for (int cluster = 0; cluster <= CLUSTERS; cluster++) {
            order.add(cluster);
        }
        Collections.shuffle(order, random);
        return order.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Adds documents and makes a segment of them. */
    void addSegment(int documents) throws IOException {
        for (int i = 0; i < documents; i++) {
            if (shape.nested) {
                List<Document> block = new ArrayList<>();
                for (int c = random.nextInt(5); c > 0; c--) {
                    block.add(child());
                }
                Document parent = new Document();
                parent.add(new StringField("kind", "parent", Field.Store.NO));
                int id = sent.size();
                sent.add(new Sent(id, null, null, null, Set.of(), null, -1));
                parentIds.add(id);
                parent.add(new NumericDocValuesField("id", id));
                block.add(parent);
                writer.addDocuments(block);
            } else {
                writer.addDocument(child());
            }
        }
        writer.flush();
        refresh();
    }

    /** The norm of a document, computed from its id: one of a few whole numbers; NaN for none. */
    static float norm(int id) {
        return id % 11 == 0 ? Float.NaN : id % 7;
    }

    private boolean stray() {
        return random.nextDouble() < shape.strays;
    }

    private Document child() {
        float[] vector = stray() ? null : vector();
        if (vector != null && shape.kind != Kind.UNIT && random.nextInt(20) == 0) {
            Arrays.fill(vector, 0);
        }
        byte[] code = stray() ? null : code();
        String fingerprint = stray() ? random.nextBoolean() ? "other" : null : MINE;
        List<String> buckets = stray() ? null : untidy(buckets());
        Set<Integer> clusters = clusters();
        Sent one = new Sent(sent.size(), vector, code, buckets, clusters, fingerprint, random.nextInt(20));
        sent.add(one);
        Document document = new Document();
        document.add(new NumericDocValuesField("id", one.id));
        document.add(new StringField("key", "" + one.id, Field.Store.NO));
        document.add(new StringField("tag", "" + one.tag, Field.Store.NO));
        document.add(new StringField("child", "yes", Field.Store.NO));
        if (buckets != null) {
            for (String term : buckets) {
                document.add(new StringField(BUCKETS, term, Field.Store.NO));
                document.add(new SortedSetDocValuesField(BUCKETS, new BytesRef(term)));
            }
        }
        for (int cluster : clusters) {
            document.add(new StringField(CLUSTER, "" + cluster, Field.Store.NO));
        }
        if (fingerprint != null) {
            document.add(new StringField(ENCODER, fingerprint, Field.Store.NO));
        }
        if (vector != null) {
            addVector(document, vector);
        }
        float norm = norm(one.id);
        if (!Float.isNaN(norm)) {
            document.add(new SortedNumericDocValuesField(NORM, NumericUtils.floatToSortableInt(norm)));
        }
        if (code != null) {
            document.add(new KnnByteVectorField(HASH, code, VectorSimilarityFunction.EUCLIDEAN));
        }
        return document;
    }

    private void addVector(Document document, float[] vector) {
        switch (shape.kind) {
            case FLOATS ->
                document.add(new KnnFloatVectorField(VECTOR, vector.clone(), VectorSimilarityFunction.EUCLIDEAN));
            case BYTES -> {
                byte[] bytes = new byte[vector.length];
                for (int d = 0; d < bytes.length; d++) {
                    bytes[d] = (byte) vector[d];
                }
                document.add(new KnnByteVectorField(VECTOR, bytes, VectorSimilarityFunction.EUCLIDEAN));
            }
            case UNIT -> {
                if (random.nextInt(4) == 0) {
                    // one that has length 1 already is kept as it is, without a magnitude
                    Arrays.fill(vector, 0);
                    vector[random.nextInt(vector.length)] = 1;
                }
                float squares = 0;
                for (float v : vector) {
                    squares += v * v;
                }
                if (squares == 0) {
                    vector[0] = 1;
                    squares = 1;
                }
                float[] unit = vector.clone();
                if (Math.abs(squares - 1) > 1e-6) {
                    float length = (float) Math.sqrt(squares);
                    for (int d = 0; d < unit.length; d++) {
                        unit[d] /= length;
                    }
                    document.add(new FloatDocValuesField(VECTOR + "._magnitude", length));
                }
                document.add(new KnnFloatVectorField(VECTOR, unit, VectorSimilarityFunction.DOT_PRODUCT));
            }
        }
    }

    /** Deletes about one in {@code of} documents that are not nested. */
    void deleteSome(int of) throws IOException {
        for (Sent one : sent) {
            if (!shape.nested && random.nextInt(of) == 0) {
                writer.deleteDocuments(new Term("key", "" + one.id));
            }
        }
        refresh();
    }

    void forceMerge() throws IOException {
        writer.forceMerge(1);
        refresh();
    }

    void commit() throws IOException {
        writer.commit();
    }

    private void refresh() throws IOException {
        DirectoryReader newer = DirectoryReader.openIfChanged(reader, writer);
        if (newer != null) {
            reader.close();
            reader = newer;
        }
    }

    int size() {
        return sent.size();
    }

    int idOf(int doc) throws IOException {
        for (LeafReaderContext leaf : reader.leaves()) {
            if (doc < leaf.docBase + leaf.reader().maxDoc()) {
                NumericDocValues ids = leaf.reader().getNumericDocValues("id");
                ids.advanceExact(doc - leaf.docBase);
                return (int) ids.longValue();
            }
        }
        throw new AssertionError(doc);
    }

    /** Which live documents are accepted. */
    interface Rule {
        boolean accepts(Sent sent);
    }

    /** The documents of the reader, in its order. */
    List<Truth.Doc> docs(Rule rule) throws IOException {
        List<Truth.Doc> docs = new ArrayList<>();
        for (LeafReaderContext leaf : reader.leaves()) {
            NumericDocValues ids = leaf.reader().getNumericDocValues("id");
            int firstChild = docs.size();
            for (int doc = 0; doc < leaf.reader().maxDoc(); doc++) {
                ids.advanceExact(doc);
                Sent one = sent.get((int) ids.longValue());
                boolean live = leaf.reader().getLiveDocs() == null
                        || leaf.reader().getLiveDocs().get(doc);
                int at = leaf.docBase + doc;
                if (shape.nested && parentIds.contains(one.id)) {
                    for (int i = firstChild; i < docs.size(); i++) {
                        Truth.Doc child = docs.get(i);
                        docs.set(
                                i,
                                new Truth.Doc(
                                        child.doc(),
                                        at,
                                        child.vector(),
                                        child.code(),
                                        child.buckets(),
                                        child.clusters(),
                                        child.accepted()));
                    }
                    firstChild = docs.size();
                } else {
                    docs.add(new Truth.Doc(
                            at, at, one.vector, one.code, one.buckets, one.clusters, live && rule.accepts(one)));
                }
            }
        }
        return docs;
    }

    @Override
    public void close() throws IOException {
        reader.close();
        writer.close();
    }
}

package io.lookalike.query;

import static io.lookalike.query.QueryParsing.knn;
import static io.lookalike.query.QueryParsing.radius;
import static io.lookalike.query.QueryParsing.resolved;

import io.lookalike.GoldenStream;
import java.io.IOException;
import java.util.List;
import org.elasticsearch.common.io.stream.Writeable;
import org.elasticsearch.test.ESTestCase;

/** The wire forms of queries; golden files keep the form of each version readable. */
public class QueryStreamTests extends ESTestCase {
    private static <T extends Writeable> void check(String name, T form, Writeable.Reader<T> reader)
            throws IOException {
        T read = GoldenStream.current(QueryStreamTests.class, name, form).read(QueryParsing.WRITEABLES, reader);
        assertEquals(form, read);
    }

    private static final ResolvedInput ALL = new ResolvedInput(
            new float[] {1, -2.5f},
            new byte[] {1, -1},
            List.of("0_1f", "1_0"),
            new ResolvedInput.Encoded(new float[] {.5f, -.5f}, .25, new int[] {2, 0, 70_000}),
            new ResolvedInput.Liked(new Like("photos", "1", "photo.vector", "r"), "photos-1", true),
            "mine",
            "f1",
            true);

    public void testHashKnn() throws IOException {
        check(
                "hash_knn-1.stream",
                knn("'field':'photo.vector','query_vector':[1,2],'hash_field':'h','k':3,'num_candidates':40,"
                                + "'num_exact':20,'candidates':'hnsw','max_distance':9,'metric':'l1',"
                                + "'normalize_vectors':'l2','similarity':0.5,'filter':{'match_all':{}},'boost':2,"
                                + "'_name':'n'")
                        .withInput(ALL),
                in -> new HashKnnQueryBuilder(in, null, null));
    }

    public void testHashKnnWithoutAnything() throws IOException {
        check(
                "hash_knn-least-1.stream",
                knn("'field':'v','query_vector':[1]").withInput(resolved(new float[] {1}, null, null)),
                in -> new HashKnnQueryBuilder(in, null, null));
    }

    public void testHashKnnInTables() throws IOException {
        check(
                "hash_knn-tables-1.stream",
                knn("'field':'v','query_vector':[1],'candidates':'lsh','tables':4,'min_tables':2")
                        .withInput(ALL),
                in -> new HashKnnQueryBuilder(in, null, null));
    }

    public void testHashKnnInClusters() throws IOException {
        check(
                "hash_knn-clusters-1.stream",
                knn("'field':'v','query_vector':[1],'candidates':'clusters','probes':300,'bits':8")
                        .withInput(ALL),
                in -> new HashKnnQueryBuilder(in, null, null));
    }

    public void testHashRadius() throws IOException {
        check(
                "hash_radius-1.stream",
                radius("'field':'photo.phash','query_image':'x','max_distance':10,'transforms':'dihedral',"
                                + "'min_quality':30,'boost':2,'_name':'n'")
                        .withInput(resolved(null, new byte[64], "f1")),
                in -> new HashRadiusQueryBuilder(in, null));
    }

    public void testHashRadiusOfWhatIsLeftOut() throws IOException {
        check(
                "hash_radius-left-out-1.stream",
                HashRadiusQueryBuilder.leftOut("photo.vector", "f1", null),
                in -> new HashRadiusQueryBuilder(in, null));
    }

    public void testImageEmbedding() throws IOException {
        check(
                "image_embedding-1.stream",
                (ImageEmbeddingVectorBuilder) QueryParsing.vectorBuilder("{'encoder':'mine','image':'c2VjcmV0'}", null),
                in -> new ImageEmbeddingVectorBuilder(in, null));
    }

    public void testStoredValues() throws IOException {
        check("lookalike_values-1.stream", new StoredValues(List.of("photo.vector", "photo.hash")), StoredValues::new);
    }
}

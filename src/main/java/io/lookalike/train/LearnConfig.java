package io.lookalike.train;

import io.lookalike.encoder.ConfigReader;
import io.lookalike.learning.Itq;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What to learn: principal components, a head, one kind of code and clusters, each optional and learned from the result
 * of the one before.
 *
 * @param pca null for none
 * @param head null for none
 * @param code null for none, or for that of the head
 * @param kmeans null for none
 */
record LearnConfig(Pca pca, HeadConfig head, Code code, KMeans kmeans) {
    private static final int MAX_DIMS = 4096;
    private static final int LEAST_BITS = 16;
    private static final int DEFAULT_BITS = 256;
    private static final int DEFAULT_PLANE_DIMS = 64;

    /** How projected vectors are scaled. */
    enum Normalize {
        L2,
        NONE
    }

    enum Method {
        ITQ,
        PCA_SIGN,
        PCA_PLANES;

        String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** @param normalize null for the scaling of the parent encoder */
    record Pca(int dims, boolean whiten, Normalize normalize) {}

    /**
     * @param iterations of itq
     * @param dims of pca_planes: number of components that the planes use
     * @param seed of pca_planes
     */
    record Code(Method method, int bits, int iterations, int dims, long seed) {}

    record KMeans(int clusters, int iterations, int assign) {}

    static LearnConfig parse(ConfigReader config) {
        Pca pca = pca(config.object("pca"));
        HeadConfig head = HeadConfig.parse(config);
        Code code = null;
        for (Method method : Method.values()) {
            ConfigReader body = config.object(method.key());
            if (body != null && code != null) {
                throw new IllegalArgumentException("[learn] has [" + code.method.key() + "] and [" + method.key()
                        + "]; an encoder has one code, give one of them");
            }
            code = body == null ? code : code(method, body);
        }
        if (code != null && head != null && head.bits() > 0) {
            throw new IllegalArgumentException("[learn] has [" + head.key() + "] and [" + code.method.key()
                    + "]; an encoder has one code: give [" + HeadConfig.METRIC + "] with [" + code.method.key()
                    + "], or [" + head.key() + "] alone");
        }
        KMeans kmeans = kmeans(config.object("kmeans"));
        config.finish();
        if (pca == null && head == null && code == null && kmeans == null) {
            throw new IllegalArgumentException("[learn] is empty; give at least one of [pca], [metric], [hash_head], "
                    + "[itq], [pca_sign], [pca_planes] and [kmeans]");
        }
        return new LearnConfig(pca, head, code, kmeans);
    }

    private static Pca pca(ConfigReader config) {
        if (config == null) {
            return null;
        }
        Pca pca = new Pca(
                config.required("dims", 1, MAX_DIMS),
                config.flag("whiten", false),
                config.choice("normalize", Normalize.class, null));
        config.finish();
        return pca;
    }

    private static Code code(Method method, ConfigReader config) {
        int bits = config.integer("bits", DEFAULT_BITS, LEAST_BITS, MAX_DIMS);
        if (bits % 8 != 0) {
            throw new IllegalArgumentException(
                    "[learn." + method.key() + ".bits] must be a multiple of [8]; got [" + bits + "]");
        }
        int iterations = method == Method.ITQ ? config.integer("iterations", Itq.ITERATIONS, 1, 1000) : 0;
        int dims = method == Method.PCA_PLANES ? config.integer("dims", 0, 1, MAX_DIMS) : 0;
        long seed = method == Method.PCA_PLANES ? config.integer64("seed", 42) : 0;
        config.finish();
        return new Code(method, bits, iterations, dims, seed);
    }

    private static KMeans kmeans(ConfigReader config) {
        if (config == null) {
            return null;
        }
        int clusters = config.required("clusters", 1, 1 << 20);
        KMeans kmeans = new KMeans(
                clusters,
                config.integer("iterations", 20, 1, 1000),
                config.integer("assign", 1, 1, Math.min(16, clusters)));
        config.finish();
        return kmeans;
    }

    /** Dims of the vectors that the head learns from. */
    int headInput(int before) {
        return pca == null ? before : pca.dims;
    }

    /** Dims of the stored vectors. */
    int dims(int before) {
        return head == null ? headInput(before) : head.dims(headInput(before));
    }

    /** Whether stored vectors are not those of the parent. */
    boolean isProjecting() {
        return pca != null || head != null;
    }

    /** Whether a code is learned. */
    boolean hasCode() {
        return code != null || (head != null && head.bits() > 0);
    }

    /** How many stages of {@code project} are learned. */
    int stages() {
        return (pca == null ? 0 : 1) + (head == null ? 0 : head.stages());
    }

    /** Number of components that the planes of {@code pca_planes} use. */
    int planeDims(int before) {
        return code.dims == 0 ? Math.min(DEFAULT_PLANE_DIMS, dims(before)) : code.dims;
    }

    /** Refuses settings that vectors of these dims do not allow. */
    void requireDims(int before) {
        if (pca != null && pca.dims > before) {
            throw new IllegalArgumentException("[learn.pca.dims] is [" + pca.dims + "] but vectors have [" + before
                    + "] dims; give at most as many");
        }
        if (code == null) {
            return;
        }
        int dims = head == null ? dims(before) : head.rank(headInput(before));
        String name = "learn." + code.method.key();
        if (code.method != Method.PCA_PLANES && code.bits > dims) {
            throw new IllegalArgumentException("[" + name + ".bits] is [" + code.bits + "] but vectors have [" + dims
                    + "] dims" + (isProjecting() ? " after [" + (head == null ? "pca" : head.key()) + "]" : "")
                    + ", and each bit needs a component of its own; "
                    + (dims < LEAST_BITS ? "" : "give at most [" + dims / 8 * 8 + "], or ") + "use [pca_planes]");
        }
        if (code.method == Method.PCA_PLANES && planeDims(before) > dims) {
            throw new IllegalArgumentException("[" + name + ".dims] is [" + code.dims + "] but vectors have [" + dims
                    + "] dims; give at most as many");
        }
    }

    /** The least number of vectors that this can be learned from. */
    int least(int before) {
        int least = Math.max(pca == null ? 1 : pca.dims + 1, head == null ? 1 : HeadSample.LEAST);
        if (code != null) {
            least = Math.max(least, components(before) + 1);
        }
        return kmeans == null ? least : Math.max(least, kmeans.clusters);
    }

    private int components(int before) {
        return code.method == Method.PCA_PLANES ? planeDims(before) : code.bits;
    }

    /** Refuses fewer than {@link #least}. */
    void requireVectors(long vectors, int before) {
        if (pca != null && vectors <= pca.dims) {
            throw tooFew("[" + pca.dims + "] components", vectors, pca.dims + 1, "learn.pca.dims", 2);
        }
        if (head != null && vectors < HeadSample.LEAST) {
            throw new IllegalArgumentException("cannot train [" + head.key() + "] from [" + vectors
                    + "] vectors with a label in [" + head.labelField() + "]; supply at least [" + HeadSample.LEAST
                    + "], two of each of two labels");
        }
        if (code != null && vectors <= components(before)) {
            boolean planes = code.method == Method.PCA_PLANES;
            throw tooFew(
                    "[" + components(before) + (planes ? "] components" : "] bits"),
                    vectors,
                    components(before) + 1,
                    "learn." + code.method.key() + (planes ? ".dims" : ".bits"),
                    planes ? 2 : LEAST_BITS + 1);
        }
        if (kmeans != null && vectors < kmeans.clusters) {
            throw tooFew("[" + kmeans.clusters + "] clusters", vectors, kmeans.clusters, "learn.kmeans.clusters", 1);
        }
    }

    /** @param fewest number of vectors for which a lower setting would do */
    private static IllegalArgumentException tooFew(String what, long vectors, int least, String setting, int fewest) {
        return new IllegalArgumentException("cannot train " + what + " from [" + vectors
                + "] vectors; supply at least [" + least + "]"
                + (vectors < fewest ? "" : " or lower [" + setting + "]"));
    }

    /** As JSON, with defaults filled in for vectors of these dims. */
    Map<String, Object> toMap(int before) {
        Map<String, Object> map = new LinkedHashMap<>();
        if (pca != null) {
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("dims", pca.dims);
            body.put("whiten", pca.whiten);
            if (pca.normalize != null) {
                body.put("normalize", pca.normalize.name().toLowerCase(Locale.ROOT));
            }
            map.put("pca", body);
        }
        if (head != null) {
            map.put(head.key(), head.toMap(headInput(before)));
        }
        if (code != null) {
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("bits", code.bits);
            if (code.method == Method.ITQ) {
                body.put("iterations", code.iterations);
            }
            if (code.method == Method.PCA_PLANES) {
                body.put("dims", planeDims(before));
                body.put("seed", code.seed);
            }
            map.put(code.method.key(), body);
        }
        if (kmeans != null) {
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("clusters", kmeans.clusters);
            body.put("iterations", kmeans.iterations);
            body.put("assign", kmeans.assign);
            map.put("kmeans", body);
        }
        return map;
    }
}

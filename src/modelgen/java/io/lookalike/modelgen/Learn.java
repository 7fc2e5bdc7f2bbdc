package io.lookalike.modelgen;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Learns the {@link Yardstick}s of {@code builtin-2} from pictures of {@link Motif}s, and from nothing else.
 *
 * <p>Within-class covariance normalization (Hatch and Stolcke, 2006): of each part's statistics the directions of
 * greatest variance are kept, and variation between pictures of one motif (pose, light, clutter, colours) is divided by
 * its standard deviation. The greatest directions come from subspace iteration (Halko et al., 2011, section 4.5). The
 * written file is part of the sources, so that all builds are the same and none has to wait for it. Takes about ten
 * minutes.
 */
public final class Learn {

    private static final int MOTIFS = 1000;
    private static final int PICTURES = 6;
    private static final int ITERATIONS = 3;
    private static final long SEED = 20_000;

    private Learn() {}

    /**
     * Writes the weights.
     *
     * @param args the file to write, then, optionally, the number of motifs
     */
    public static void main(String[] args) throws IOException, OrtException {
        if (args.length < 1 || args.length > 2) {
            throw new IllegalArgumentException(
                    "expected [1] or [2] arguments but got [" + args.length + "]; supply a file to write");
        }
        int motifs = args.length == 2 ? Integer.parseInt(args[1]) : MOTIFS;
        List<float[][]> statistics = measure(motifs);
        List<Yardstick> yardsticks = new ArrayList<>();
        for (int part = 0; part < statistics.size(); part++) {
            yardsticks.add(learn(statistics.get(part), Builtin2.PART_DIMS, Builtin2.SMOOTHING[part]));
        }
        try (DataOutputStream out =
                new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(Path.of(args[0]))))) {
            Yardstick.write(out, yardsticks);
        }
    }

    /** The statistics of every picture, for each part; the pictures of a motif follow each other. */
    private static List<float[][]> measure(int motifs) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        List<float[][]> parts = new ArrayList<>();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            try (OrtSession session = environment.createSession(Builtin2.statistics(), options)) {
                for (int part = 0; part < session.getNumOutputs(); part++) {
                    parts.add(new float[motifs * PICTURES][]);
                }
                for (int i = 0; i < motifs * PICTURES; i++) {
                    float[] picture = new Motif(SEED + i / PICTURES).draw(i % PICTURES);
                    long[] shape = {1, 3, Builtin2.SIZE, Builtin2.SIZE};
                    try (OnnxTensor input = OnnxTensor.createTensor(environment, FloatBuffer.wrap(picture), shape);
                            OrtSession.Result result = session.run(Map.of("input", input))) {
                        for (int part = 0; part < parts.size(); part++) {
                            float[][] values = (float[][])
                                    result.get("part" + part).orElseThrow().getValue();
                            parts.get(part)[i] = values[0];
                        }
                    }
                }
            }
        }
        return parts;
    }

    /**
     * Learns the map of one part.
     *
     * @param rows the statistics of pictures, {@link #PICTURES} of each class in a row; they are centred
     * @param dims the most dims to keep
     * @param smoothing the part of the mean variance that is added to each variance within a class
     */
    static Yardstick learn(float[][] rows, int dims, double smoothing) {
        double[] mean = centre(rows);
        float[][] basis = rows[0].length <= dims ? identity(rows[0].length) : subspace(rows, dims);
        float[][] low = times(rows, transposed(basis));
        double[][] within = within(low, smoothing);
        double[][] white = solve(cholesky(within), basis);
        double scale = StrictMath.sqrt(rows.length / energy(rows, white));
        double[][] matrix = new double[mean.length][white.length];
        for (int r = 0; r < matrix.length; r++) {
            for (int c = 0; c < white.length; c++) {
                matrix[r][c] = scale * white[c][r];
            }
        }
        return Yardstick.of(matrix, mean);
    }

    private static double[] centre(float[][] rows) {
        double[] mean = new double[rows[0].length];
        for (float[] row : rows) {
            for (int i = 0; i < mean.length; i++) {
                mean[i] += row[i] / (double) rows.length;
            }
        }
        for (float[] row : rows) {
            for (int i = 0; i < mean.length; i++) {
                row[i] -= (float) mean[i];
            }
        }
        return mean;
    }

    /** An orthonormal basis, one vector a row, of about the directions of greatest variance. */
    private static float[][] subspace(float[][] rows, int dims) {
        Random random = new Random(SEED);
        float[][] basis = new float[dims][rows[0].length];
        for (float[] vector : basis) {
            for (int i = 0; i < vector.length; i++) {
                vector[i] = (float) random.nextGaussian();
            }
        }
        for (int i = 0; i < ITERATIONS; i++) {
            basis = times(transposed(times(rows, transposed(basis))), rows);
            orthonormalize(basis);
        }
        return basis;
    }

    /** Gram and Schmidt's procedure, twice for precision. */
    private static void orthonormalize(float[][] vectors) {
        for (int i = 0; i < vectors.length; i++) {
            for (int round = 0; round < 2; round++) {
                for (int j = 0; j < i; j++) {
                    double along = dot(vectors[i], vectors[j]);
                    for (int k = 0; k < vectors[i].length; k++) {
                        vectors[i][k] -= (float) (along * vectors[j][k]);
                    }
                }
                double length = StrictMath.sqrt(dot(vectors[i], vectors[i]));
                for (int k = 0; k < vectors[i].length; k++) {
                    vectors[i][k] /= (float) length;
                }
            }
        }
    }

    /** The covariance within classes, with a part of its mean variance added to the diagonal. */
    private static double[][] within(float[][] rows, double smoothing) {
        int dims = rows[0].length;
        double[][] covariance = new double[dims][dims];
        for (int first = 0; first < rows.length; first += PICTURES) {
            double[] mean = new double[dims];
            for (float[] row : Arrays.copyOfRange(rows, first, first + PICTURES)) {
                for (int i = 0; i < dims; i++) {
                    mean[i] += row[i] / PICTURES;
                }
            }
            for (float[] row : Arrays.copyOfRange(rows, first, first + PICTURES)) {
                for (int i = 0; i < dims; i++) {
                    double difference = (row[i] - mean[i]) / rows.length;
                    for (int j = 0; j < dims; j++) {
                        covariance[i][j] += difference * (row[j] - mean[j]);
                    }
                }
            }
        }
        double trace =
                IntStream.range(0, dims).mapToDouble(i -> covariance[i][i]).sum();
        for (int i = 0; i < dims; i++) {
            covariance[i][i] += smoothing * trace / dims;
        }
        return covariance;
    }

    /** The lower triangle whose product with its transpose is {@code matrix}. */
    private static double[][] cholesky(double[][] matrix) {
        int n = matrix.length;
        double[][] lower = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                double rest = matrix[i][j];
                for (int k = 0; k < j; k++) {
                    rest -= lower[i][k] * lower[j][k];
                }
                lower[i][j] = i == j ? StrictMath.sqrt(rest) : rest / lower[j][j];
            }
        }
        return lower;
    }

    /** Solves {@code lower * x = rows} for x. */
    private static double[][] solve(double[][] lower, float[][] rows) {
        double[][] solution = new double[rows.length][rows[0].length];
        for (int i = 0; i < rows.length; i++) {
            for (int c = 0; c < solution[i].length; c++) {
                solution[i][c] = rows[i][c];
            }
            for (int k = 0; k < i; k++) {
                for (int c = 0; c < solution[i].length; c++) {
                    solution[i][c] -= lower[i][k] * solution[k][c];
                }
            }
            for (int c = 0; c < solution[i].length; c++) {
                solution[i][c] /= lower[i][i];
            }
        }
        return solution;
    }

    /** The sum of the squared lengths of all mapped rows. */
    private static double energy(float[][] rows, double[][] map) {
        float[][] narrow = new float[map.length][map[0].length];
        for (int i = 0; i < map.length; i++) {
            for (int k = 0; k < map[i].length; k++) {
                narrow[i][k] = (float) map[i][k];
            }
        }
        double sum = 0;
        for (float[] row : times(rows, transposed(narrow))) {
            sum += dot(row, row);
        }
        return sum;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    private static float[][] identity(int n) {
        float[][] identity = new float[n][n];
        for (int i = 0; i < n; i++) {
            identity[i][i] = 1;
        }
        return identity;
    }

    private static float[][] transposed(float[][] matrix) {
        float[][] turned = new float[matrix[0].length][matrix.length];
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < turned.length; j++) {
                turned[j][i] = matrix[i][j];
            }
        }
        return turned;
    }

    private static float[][] times(float[][] a, float[][] b) {
        float[][] product = new float[a.length][b[0].length];
        for (int i = 0; i < a.length; i++) {
            float[] sums = product[i];
            for (int k = 0; k < b.length; k++) {
                float factor = a[i][k];
                float[] row = b[k];
                for (int j = 0; j < sums.length; j++) {
                    sums[j] += factor * row[j];
                }
            }
        }
        return product;
    }
}

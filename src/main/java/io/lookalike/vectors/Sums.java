package io.lookalike.vectors;

/**
 * The sums behind {@link Metric}, over two vectors of the same length.
 *
 * <p>Products and squares are added as floats, in the order of {@link ScalarFloats}. So a copied vector has the same
 * bits as one that is read in place, both before and after compilation. Lucene's kernels guarantee neither, because the
 * order of their last additions is not fixed; they take 92 ns for 1280 components, and these take 105 to 140. In rare
 * cases a float sum is outside of the range where floats are accurate (infinite, NaN or tiny); then a plain loop in
 * doubles replaces it. The other sums are plain loops in doubles. If a component is NaN, every result is NaN. Stateless
 * and thread-safe.
 */
final class Sums {
    private static final int LANES = ScalarFloats.LANES;

    /** Sums of squares below this may have lost components to underflow. */
    private static final double LEAST = 1e-24;

    private static final WarmUp DIFFERENCES = new WarmUp();
    private static final WarmUp PRODUCTS = new WarmUp();

    private Sums() {}

    /** Σ(a-b)². */
    static double squaredDifferences(float[] a, float[] b) {
        float[] lanes = new float[LANES];
        int whole = a.length - a.length % LANES;
        if (WarmUp.REGISTERS && DIFFERENCES.next()) {
            PanamaFloats.squaredDifferences(a, b, lanes);
        } else {
            for (int i = 0; i < whole; i++) {
                lanes[i % LANES] += (a[i] - b[i]) * (a[i] - b[i]);
            }
        }
        float left = 0;
        for (int i = whole; i < a.length; i++) {
            left += (a[i] - b[i]) * (a[i] - b[i]);
        }
        double floats = ScalarFloats.sum(lanes, 0) + left;
        if (floats >= LEAST && floats <= Float.MAX_VALUE) {
            return floats;
        }
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = (double) a[i] - b[i];
            sum += difference * difference;
        }
        return sum;
    }

    /** Σab. */
    static double products(float[] a, float[] b) {
        float[] lanes = new float[LANES];
        int whole = a.length - a.length % LANES;
        if (WarmUp.REGISTERS && PRODUCTS.next()) {
            PanamaFloats.products(a, b, lanes);
        } else {
            for (int i = 0; i < whole; i++) {
                lanes[i % LANES] += a[i] * b[i];
            }
        }
        float left = 0;
        for (int i = whole; i < a.length; i++) {
            left += a[i] * b[i];
        }
        double floats = ScalarFloats.sum(lanes, 0) + left;
        if (Math.abs(floats) >= LEAST && Math.abs(floats) <= Float.MAX_VALUE) {
            return floats;
        }
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    /** Σab / √(Σa² Σb²), 0 if a or b is zero. */
    static double cosine(float[] a, float[] b) {
        return ratio(products(a, b), products(a, a), products(b, b));
    }

    /** Σ|a-b|. */
    static double absoluteDifferences(float[] a, float[] b) {
        // four sums, because each addition has to wait for the previous one
        double sum0 = 0;
        double sum1 = 0;
        double sum2 = 0;
        double sum3 = 0;
        int i = 0;
        for (; i + 4 <= a.length; i += 4) {
            sum0 += Math.abs((double) a[i] - b[i]);
            sum1 += Math.abs((double) a[i + 1] - b[i + 1]);
            sum2 += Math.abs((double) a[i + 2] - b[i + 2]);
            sum3 += Math.abs((double) a[i + 3] - b[i + 3]);
        }
        for (; i < a.length; i++) {
            sum0 += Math.abs((double) a[i] - b[i]);
        }
        return sum0 + sum1 + sum2 + sum3;
    }

    /** Σ|a|. */
    static double absolutes(float[] a) {
        // four sums, as above
        double sum0 = 0;
        double sum1 = 0;
        double sum2 = 0;
        double sum3 = 0;
        int i = 0;
        for (; i + 4 <= a.length; i += 4) {
            sum0 += Math.abs(a[i]);
            sum1 += Math.abs(a[i + 1]);
            sum2 += Math.abs(a[i + 2]);
            sum3 += Math.abs(a[i + 3]);
        }
        for (; i < a.length; i++) {
            sum0 += Math.abs(a[i]);
        }
        return sum0 + sum1 + sum2 + sum3;
    }

    /** Pearson's r, 0 if a or b is constant. */
    static double correlation(float[] a, float[] b) {
        double meanA = 0;
        double meanB = 0;
        for (int i = 0; i < a.length; i++) {
            meanA += a[i];
            meanB += b[i];
        }
        meanA /= a.length;
        meanB /= a.length;
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            double x = a[i] - meanA;
            double y = b[i] - meanB;
            ab += x * y;
            aa += x * x;
            bb += y * y;
        }
        // because the mean is rounded, a constant vector may have a variance just above zero
        return ratio(ab, isConstant(a) ? 0 : aa, isConstant(b) ? 0 : bb);
    }

    /** Σ(a-b)²/(a+b) with 0/0 = 0, NaN if a component is negative. */
    static double chiSquared(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            double x = a[i];
            double y = b[i];
            if (!(x >= 0 && y >= 0)) {
                return Double.NaN;
            }
            if (x + y > 0) {
                sum += (x - y) * (x - y) / (x + y);
            }
        }
        return sum;
    }

    /** How many components are above zero in one vector and not in the other. */
    static double differentSigns(float[] a, float[] b) {
        int count = 0;
        for (int i = 0; i < a.length; i++) {
            if (Float.isNaN(a[i]) || Float.isNaN(b[i])) {
                return Double.NaN;
            }
            if (a[i] > 0 != b[i] > 0) {
                count++;
            }
        }
        return count;
    }

    static double ratio(double ab, double aa, double bb) {
        if (aa == 0 || bb == 0) {
            return Double.isNaN(ab) ? Double.NaN : 0;
        }
        return Math.clamp(ab / (Math.sqrt(aa) * Math.sqrt(bb)), -1.0, 1.0);
    }

    private static boolean isConstant(float[] a) {
        for (float x : a) {
            if (x != a[0]) {
                return false;
            }
        }
        return true;
    }
}

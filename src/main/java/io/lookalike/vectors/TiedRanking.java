package io.lookalike.vectors;

/**
 * Measures rankings in which many documents are tied, as they are by Hamming distance: each figure is the mean over all
 * orders of the tied ones. Rankings are given as counts: for each distance, nearest first, how many documents lie there
 * and how many of these are relevant. Stateless.
 */
public final class TiedRanking {
    private TiedRanking() {}

    /**
     * Average precision: the mean, over the relevant documents, of the precision at their ranks.
     *
     * <p>Among n tied ones, r of them relevant, behind s others with R relevant, position t holds a relevant one with
     * the chance r / n, and then R + 1 + (t - 1) (r - 1) / (n - 1) of the first s + t are relevant. Costs a step for
     * each document that is tied with a relevant one.
     *
     * @param all how many documents are at each distance
     * @param relevant how many of these are relevant
     * @return 0 without relevant documents
     */
    public static double averagePrecision(int[] all, int[] relevant) {
        double sum = 0;
        long seen = 0;
        long found = 0;
        for (int distance = 0; distance < all.length; distance++) {
            int n = all[distance];
            int r = relevant[distance];
            for (int t = 1; r > 0 && t <= n; t++) {
                double before = n > 1 ? (t - 1.) * (r - 1) / (n - 1) : 0;
                sum += (double) r / n * (found + 1 + before) / (seen + t);
            }
            seen += n;
            found += r;
        }
        return found == 0 ? 0 : sum / found;
    }

    /**
     * The share of relevant documents among the first k, or among all where there are fewer.
     *
     * @param all how many documents are at each distance
     * @param relevant how many of these are relevant
     * @param k at least 1
     * @return 0 without documents
     */
    public static double precision(int[] all, int[] relevant, int k) {
        double found = 0;
        int seen = 0;
        for (int distance = 0; distance < all.length && seen < k; distance++) {
            if (all[distance] > 0) {
                int taken = Math.min(all[distance], k - seen);
                found += (double) taken * relevant[distance] / all[distance];
                seen += taken;
            }
        }
        return seen == 0 ? 0 : found / seen;
    }
}

package io.lookalike.pairs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Divides the bits of codes among bands, and says how many differing bits each band allows.
 *
 * <p>If the allowances, each plus one, add up to {@code r + 1}, a pair that differs in {@code r} bits keeps the
 * allowance of at least one band: otherwise it would exceed each by at least one bit, r + 1 in all. Allowances are
 * chosen by cost (as in Qin, Xiao et al.: GPH: Similarity Search in Hamming Space, ICDE 2018): the band for which one
 * more bit costs least gets it, until the sum is reached. So bands that distinguish codes badly get small allowances.
 * The key of a band may be some of its bits only: codes that agree in many bits agree in fewer.
 *
 * <p>Real codes are skewed. Bits that are nearly constant, such as the first of a perceptual hash, come last in a band,
 * and correlated bits go to different bands. The cost of each number of bands is estimated from the keys of a sample of
 * the codes, so it takes the skew into account.
 *
 * <p>Making a plan takes some tenths of a second for a million codes.
 *
 * @param bands in the order in which they are processed
 * @param cost estimated number of compared pairs of words
 */
record BandPlan(List<Band> bands, double cost) {
    /** Keys are indices of an array; one of four million ints is as large as caches allow. */
    private static final int MOST_KEY_BITS = 22;

    private static final int MOST_FLIPS = 1 << 16;
    private static final int[] BANDS = {1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32};

    /** With fewer codes, comparing all pairs takes less time than making a plan. */
    private static final int FEW = 1024;

    private static final int BIT_SAMPLE = 4096;
    private static final int KEY_SAMPLE = 32_768;

    /** The most lookups to estimate one shell of one band. */
    private static final int LOOKUPS = 20_000;

    /** Cost of a key lookup, 4 ns, in comparisons of a word, .4 ns. */
    private static final double LOOKUP = 10;

    /** Cost of sorting a code into a band, in comparisons of a word. */
    private static final double SORT = 60;

    static BandPlan choose(CodeSet codes, int radius) {
        double all = .5 * codes.size() * codes.size() * comparison(codes.words());
        Band one = new Band(new long[codes.words()], 0, radius, all);
        BandPlan best = new BandPlan(List.of(one), all);
        if (codes.size() < FEW) {
            return best;
        }
        BitStatistics bits = new BitStatistics(codes, BIT_SAMPLE);
        KeyStatistics keys = new KeyStatistics(codes);
        for (int count : BANDS) {
            if (count <= radius + 1 && count * 2 <= codes.bits()) {
                BandPlan plan = keys.plan(bits.share(count), radius);
                if (plan.cost < best.cost) {
                    best = plan;
                }
            }
        }
        return best;
    }

    /** The most bytes that the directory of a band and making the plan take. */
    static long bytes(int count, int bits) {
        int keyBits = Math.min(MOST_KEY_BITS, mostKeyBits(count));
        long samples = Math.min(count, KEY_SAMPLE) * (long) Integer.BYTES + bits * (BIT_SAMPLE / 8 + 8L * bits);
        return Integer.BYTES * ((1L << keyBits) + 1 + MOST_FLIPS) + samples;
    }

    /** Cost of comparing a pair: mostly only the first two words of a code are compared. */
    private static double comparison(int words) {
        return words == 1 ? 1 : 2.5;
    }

    private static int mostKeyBits(int count) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(count) + 2;
    }

    @Override
    public String toString() {
        return bands.stream()
                .map(band -> band.keyBits + " bits within " + band.radius)
                .collect(Collectors.joining(", ", bands.size() + " bands: ", ""));
    }

    /** One band: the bits of its key, as a mask of a code. A band without bits compares all pairs. */
    static final class Band {
        private final long[] mask;
        private final int keyBits;
        private final int radius;
        private final double cost;

        /**
         * @param keyBits bits in the mask
         * @param radius number of them that may differ
         * @param cost estimated
         */
        Band(long[] mask, int keyBits, int radius, double cost) {
            this.mask = mask;
            this.keyBits = keyBits;
            this.radius = radius;
            this.cost = cost;
        }

        int keyBits() {
            return keyBits;
        }

        int radius() {
            return radius;
        }

        double cost() {
            return cost;
        }

        /** The key of a code: its bits under the mask, compacted. */
        int key(long[] codes, int at) {
            long key = 0;
            for (int word = 0; word < mask.length; word++) {
                key = key << Long.bitCount(mask[word]) | Long.compress(codes[at + word], mask[word]);
            }
            return (int) key;
        }

        int keyDistance(long[] codes, int a, int b) {
            int distance = 0;
            for (int word = 0; word < mask.length; word++) {
                distance += Long.bitCount((codes[a + word] ^ codes[b + word]) & mask[word]);
            }
            return distance;
        }

        /** The XOR masks that turn a key into all other near keys. */
        int[] flips() {
            int[] flips = new int[Math.toIntExact(ball(keyBits, radius) - 1)];
            int count = 0;
            for (int ones = 1; ones <= Math.min(radius, keyBits); ones++) {
                for (int flip : shell(keyBits, ones)) {
                    flips[count++] = flip;
                }
            }
            return flips;
        }
    }

    /** All numbers of {@code bits} bits of which {@code ones} are set, ascending. */
    static int[] shell(int bits, int ones) {
        if (ones == 0) {
            return new int[1];
        }
        int[] shell = new int[Math.toIntExact(choose(bits, ones))];
        long next = (1L << ones) - 1;
        for (int i = 0; i < shell.length; i++) {
            shell[i] = (int) next;
            // the next greater number with as many ones (Gosper)
            long lowest = next & -next;
            long carried = next + lowest;
            next = carried | (((next ^ carried) / lowest) >>> 2);
        }
        return shell;
    }

    /** Number of keys within a radius of a key. */
    static long ball(int bits, int radius) {
        long ball = 0;
        for (int ones = 0; ones <= Math.min(radius, bits); ones++) {
            ball += choose(bits, ones);
        }
        return ball;
    }

    private static long choose(int of, int ones) {
        long choose = 1;
        for (int i = 0; i < ones; i++) {
            choose = choose * (of - i) / (i + 1);
        }
        return choose;
    }

    /** Entropies of single bits and of pairs of bits in a sample. */
    private static final class BitStatistics {
        private final int words;
        private final double[][] squaredCorrelations;
        private final Integer[] order;

        BitStatistics(CodeSet codes, int most) {
            int bits = codes.bits();
            this.words = codes.words();
            int n = Math.min(codes.size(), most);
            long[][] columns = new long[bits][(n + Long.SIZE - 1) / Long.SIZE];
            for (int i = 0; i < n; i++) {
                int at = (int) ((long) i * codes.size() / n) * words;
                for (int bit = 0; bit < bits; bit++) {
                    columns[bit][i / Long.SIZE] |= (codes.codes()[at + bit / Long.SIZE] >>> bit & 1) << i;
                }
            }
            double[] share = new double[bits];
            double[] variance = new double[bits];
            this.order = new Integer[bits];
            for (int bit = 0; bit < bits; bit++) {
                share[bit] = common(columns[bit], columns[bit]) / (double) n;
                variance[bit] = share[bit] * (1 - share[bit]);
                order[bit] = bit;
            }
            // rounded, so that chance does not decide between bits that are about equal
            Arrays.sort(order, Comparator.comparingInt(bit -> (int) Math.round(-10 * variance[bit])));
            this.squaredCorrelations = new double[bits][bits];
            for (int a = 0; a < bits; a++) {
                for (int b = 0; b < bits; b++) {
                    double covariance = common(columns[a], columns[b]) / (double) n - share[a] * share[b];
                    squaredCorrelations[a][b] = covariance * covariance / Math.max(1e-9, variance[a] * variance[b]);
                }
            }
        }

        private static int common(long[] a, long[] b) {
            int common = 0;
            for (int i = 0; i < a.length; i++) {
                common += Long.bitCount(a[i] & b[i]);
            }
            return common;
        }

        /**
         * Divides the bits among {@code count} bands; in each band, the bits that distinguish codes best come first.
         */
        List<List<Integer>> share(int count) {
            List<List<Integer>> bands = new ArrayList<>();
            for (int band = 0; band < count; band++) {
                bands.add(new ArrayList<>());
            }
            for (int i = 0; i < order.length; i++) {
                int bit = order[i];
                int round = i / count;
                bands.stream()
                        .filter(band -> band.size() == round)
                        .min(Comparator.comparingDouble(band -> told(band, bit)))
                        .orElseThrow()
                        .add(bit);
            }
            return bands;
        }

        /** How much the bits of a band tell about another bit. */
        private double told(List<Integer> band, int bit) {
            double told = 0;
            for (int other : band) {
                told += squaredCorrelations[other][bit];
            }
            return told;
        }
    }

    /** Numbers of codes with near keys, estimated from a sample. */
    private static final class KeyStatistics {
        private final CodeSet codes;
        private final int n;
        private final int sampled;
        private final int[] keys;
        private final int[] counts;

        KeyStatistics(CodeSet codes) {
            this.codes = codes;
            this.n = codes.size();
            this.sampled = Math.min(n, KEY_SAMPLE);
            this.keys = new int[sampled];
            this.counts = new int[1 << Math.min(MOST_KEY_BITS, mostKeyBits(n))];
        }

        /** The best allowances for these bands; the cost is infinite if the radius is too great for so few bands. */
        BandPlan plan(List<List<Integer>> bands, int radius) {
            int most = radius / bands.size() + 2;
            Band[][] choices = new Band[bands.size()][];
            for (int i = 0; i < choices.length; i++) {
                choices[i] = choices(bands.get(i), most);
            }
            int[] allowed = new int[choices.length];
            Arrays.fill(allowed, -1);
            for (int sum = 0; sum <= radius; sum++) {
                int cheapest = -1;
                double least = Double.POSITIVE_INFINITY;
                for (int i = 0; i < choices.length; i++) {
                    double more = costAt(choices[i], allowed[i] + 1) - costAt(choices[i], allowed[i]);
                    if (more < least) {
                        least = more;
                        cheapest = i;
                    }
                }
                if (cheapest < 0) {
                    return new BandPlan(List.of(), Double.POSITIVE_INFINITY);
                }
                allowed[cheapest]++;
            }
            List<Band> chosen = new ArrayList<>();
            double cost = 0;
            for (int i = 0; i < choices.length; i++) {
                if (allowed[i] >= 0) {
                    chosen.add(choices[i][allowed[i]]);
                    cost += choices[i][allowed[i]].cost;
                }
            }
            return new BandPlan(List.copyOf(chosen), cost);
        }

        private static double costAt(Band[] choices, int radius) {
            if (radius < 0) {
                return 0;
            }
            return radius < choices.length && choices[radius] != null ? choices[radius].cost : Double.POSITIVE_INFINITY;
        }

        /** The band with the cheapest key length, for each allowance up to a bound; null if there is none. */
        private Band[] choices(List<Integer> bits, int most) {
            Band[] choices = new Band[most + 1];
            int longest = Math.min(bits.size(), Integer.SIZE - Integer.numberOfLeadingZeros(counts.length - 1));
            for (int keyBits = longest; keyBits >= Math.max(1, longest - 10); keyBits -= 2) {
                long[] mask = new long[codes.words()];
                for (int bit : bits.subList(0, keyBits)) {
                    mask[bit / Long.SIZE] |= 1L << bit;
                }
                double[] costs = costs(new Band(mask, keyBits, 0, 0), most);
                for (int radius = 0; radius < costs.length; radius++) {
                    if (choices[radius] == null || costs[radius] < choices[radius].cost) {
                        choices[radius] = new Band(mask, keyBits, radius, costs[radius]);
                    }
                }
            }
            return choices;
        }

        /** The cost of each allowance, up to the greatest that makes sense. */
        private double[] costs(Band band, int most) {
            int step = n / sampled;
            for (int i = 0; i < sampled; i++) {
                keys[i] = band.key(codes.codes(), i * step * codes.words());
                counts[keys[i]]++;
            }
            double buckets = Math.min(n, 1L << band.keyBits);
            double[] costs = new double[most + 1];
            int radii = 0;
            double partners = 0;
            for (int radius = 0; radius <= Math.min(most, band.keyBits); radius++) {
                long ball = ball(band.keyBits, radius);
                if (ball > MOST_FLIPS || (radius > 0 && ball > (1L << band.keyBits) / 2)) {
                    break;
                }
                // among the other codes of the sample
                partners += inShell(shell(band.keyBits, radius)) - (radius == 0 ? 1 : 0);
                costs[radii++] = n * SORT
                        + buckets * ball / 2 * LOOKUP
                        + .5 * n * partners * n / sampled * comparison(codes.words());
            }
            for (int i = 0; i < sampled; i++) {
                counts[keys[i]] = 0;
            }
            return Arrays.copyOf(costs, radii);
        }

        /** The mean number of codes in the sample whose keys differ from that of a code by one of these masks. */
        private double inShell(int[] shell) {
            int queries = Math.clamp(LOOKUPS / shell.length, 8, Math.min(256, sampled));
            long found = 0;
            for (int query = 0; query < queries; query++) {
                int key = keys[(int) ((long) query * sampled / queries)];
                for (int flip : shell) {
                    found += counts[key ^ flip];
                }
            }
            return (double) found / queries;
        }
    }
}

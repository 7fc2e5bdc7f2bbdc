package io.lookalike.it.guard;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.lucene.codecs.StoredFieldsReader;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FilterDirectoryReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.FixedBitSet;
import org.elasticsearch.common.lucene.index.SequentialStoredFieldsLeafReader;

/** Shows a user its own documents alone, as document-level security does: all others look deleted. */
final class GuardedReader extends FilterDirectoryReader {
    private static final String OWNER = "owner";

    private final Guard guard;

    GuardedReader(DirectoryReader in, Guard guard) throws IOException {
        super(in, new Wrapper(guard));
        this.guard = guard;
    }

    private static final class Wrapper extends SubReaderWrapper {
        private final Guard guard;

        Wrapper(Guard guard) {
            this.guard = guard;
        }

        @Override
        public LeafReader wrap(LeafReader reader) {
            return guard.seesAll() ? reader : new Leaf(reader, guard.user());
        }
    }

    @Override
    protected DirectoryReader doWrapDirectoryReader(DirectoryReader in) throws IOException {
        return new GuardedReader(in, guard);
    }

    @Override
    public CacheHelper getReaderCacheHelper() {
        return in.getReaderCacheHelper();
    }

    private static final class Leaf extends SequentialStoredFieldsLeafReader {
        private final FixedBitSet shown;

        Leaf(LeafReader in, String user) {
            super(in);
            shown = new FixedBitSet(in.maxDoc());
            try {
                PostingsEnum own = user == null ? null : in.postings(new Term(OWNER, user), PostingsEnum.NONE);
                Bits live = in.getLiveDocs();
                for (int doc = own == null ? DocIdSetIterator.NO_MORE_DOCS : own.nextDoc();
                        doc != DocIdSetIterator.NO_MORE_DOCS;
                        doc = own.nextDoc()) {
                    if (live == null || live.get(doc)) {
                        shown.set(doc);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        protected StoredFieldsReader doGetSequentialStoredFieldsReader(StoredFieldsReader reader) {
            return reader;
        }

        @Override
        public Bits getLiveDocs() {
            return shown;
        }

        @Override
        public int numDocs() {
            return shown.cardinality();
        }

        @Override
        public CacheHelper getCoreCacheHelper() {
            return in.getCoreCacheHelper();
        }

        @Override
        public CacheHelper getReaderCacheHelper() {
            return null; // differs from user to user: not for caches
        }
    }
}

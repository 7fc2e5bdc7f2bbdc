package io.lookalike.query;

import io.lookalike.encoder.Messages;
import io.lookalike.inference.Encoders;
import io.lookalike.inference.Encoding;
import io.lookalike.inference.PictureEncoding;
import io.lookalike.query.InputNeeds.Want;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.tasks.CancellableTask;

/**
 * Encodes the picture of a query, on the encoder's own threads. Immutable and thread-safe.
 *
 * @param needs decide which of a picture's vector and hashes are computed
 */
record PictureResolver(Encoders encoders, InputNeeds needs) {
    private static final String WHAT = "[query_image]";

    /**
     * @param encoder null where neither the query nor the mapping names one
     * @param task whose cancellation ends the work; null for none
     */
    void resolve(UserInput input, String encoder, CancellableTask task, ActionListener<ResolvedInput> listener) {
        PictureText picture = input.picture();
        if (picture.refused() != null) {
            throw picture.refused();
        }
        if (encoder == null) {
            throw new IllegalArgumentException(
                    "[query_image] needs an encoder, and neither the query nor the mapping of ["
                            + Messages.show(needs.searched()) + "] names one; add [encoder]");
        }
        boolean pixels = needs.wants(Want.SYMMETRIES) || needs.wants(Want.PERCEPTUAL);
        encoders.search(
                encoder,
                WHAT,
                picture.letters(),
                !pixels,
                task,
                (e, ticket, l) -> encoders.withPicture(WHAT, picture.letters(), bytes -> {
                    if (needs.wants(Want.SYMMETRIES)) {
                        l.onResponse(PictureEncoding.symmetries(e, WHAT, bytes, encoders.limits(), ticket));
                    } else if (needs.wants(Want.PERCEPTUAL)) {
                        l.onResponse(PictureEncoding.perceptual(e, WHAT, bytes, encoders.limits(), ticket));
                    } else {
                        PictureEncoding.encode(e, WHAT, bytes, encoders.limits(), ticket, l);
                    }
                }),
                listener.map((Encoding encoding) -> {
                    encoding.warnIfVanished(WHAT, encoder);
                    return needs.resolved(input, encoder, encoding);
                }));
    }
}

package io.lookalike.query;

import io.lookalike.encoder.ConfigReader;
import io.lookalike.encoder.EncoderConfig;
import io.lookalike.encoder.Mappings;
import io.lookalike.encoder.Messages;
import io.lookalike.hashing.PictureQuality;
import io.lookalike.inference.Encoders;
import java.io.IOException;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.io.stream.Writeable;
import org.elasticsearch.xcontent.ObjectParser;
import org.elasticsearch.xcontent.ParseField;
import org.elasticsearch.xcontent.ToXContentFragment;
import org.elasticsearch.xcontent.XContentBuilder;

/**
 * The parameters of {@code hash_radius} other than its input, their ranges and their defaults. Immutable.
 *
 * @param field the field of the codes
 * @param minQuality null where the user left it out
 */
record HashRadiusParameters(String field, int maxDistance, Transforms transforms, Integer minQuality)
        implements Writeable, ToXContentFragment {
    private static final ParseField FIELD = new ParseField("field");
    private static final ParseField MAX_DISTANCE = new ParseField("max_distance");
    private static final ParseField TRANSFORMS = new ParseField("transforms");
    private static final ParseField MIN_QUALITY = new ParseField("min_quality");

    /** What is done to the query's picture before it is compared. */
    enum Transforms {
        NONE,
        /** It is also turned and mirrored, which makes eight pictures: the nearest counts. */
        DIHEDRAL;

        @Override
        public String toString() {
            return EncoderConfig.lower(this);
        }
    }

    /** Parameters and an input that are being parsed; those that are null were not given. */
    static final class Draft extends UserInput.Draft {
        String field;
        Integer maxDistance;
        Transforms transforms = Transforms.NONE;
        Integer minQuality;

        /** @throws IllegalArgumentException where a parameter is out of range, or does not fit the input */
        HashRadiusParameters parameters(UserInput input) {
            if (maxDistance == null || maxDistance < 0) {
                throw new IllegalArgumentException("[max_distance] must be at least [0]; got [" + maxDistance
                        + "]; [10] of [64] bits is usual for near-duplicates");
            }
            if (transforms == Transforms.DIHEDRAL && input.picture() == null) {
                throw new IllegalArgumentException("[transforms] of [dihedral] turns and mirrors the query's picture "
                        + "and needs [query_image]; got [" + (input.like() == null ? "query_hash" : "like")
                        + "], a code that cannot be turned; give the picture, or leave [transforms] out");
            }
            if (minQuality != null && (minQuality < 0 || minQuality > PictureQuality.MOST)) {
                throw new IllegalArgumentException(
                        "[min_quality] must be within [0.." + PictureQuality.MOST + "]; got [" + minQuality + "]");
            }
            return new HashRadiusParameters(field, maxDistance, transforms, minQuality);
        }

        void requireField() {
            if (field == null) {
                throw new IllegalArgumentException(
                        "[hash_radius] needs [field], a field of codes, such as [photo.phash]");
            }
        }
    }

    /** Declares all parameters on a query's parser. */
    static void declare(ObjectParser<Draft, Encoders> parser) {
        parser.declareString((d, v) -> d.field = v, FIELD);
        UserInput.declareWhole(parser, (d, v) -> d.maxDistance = v, MAX_DISTANCE);
        parser.declareString(
                (d, v) -> d.transforms = ConfigReader.constant("transforms", v, Transforms.class), TRANSFORMS);
        UserInput.declareWhole(parser, (d, v) -> d.minQuality = v, MIN_QUALITY);
    }

    static HashRadiusParameters readFrom(StreamInput in) throws IOException {
        return new HashRadiusParameters(
                in.readString(), in.readVInt(), in.readEnum(Transforms.class), in.readOptionalVInt());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeString(field);
        out.writeVInt(maxDistance);
        out.writeEnum(transforms);
        out.writeOptionalVInt(minQuality);
    }

    HashRadiusParameters withField(String newField) {
        return new HashRadiusParameters(newField, maxDistance, transforms, minQuality);
    }

    /**
     * The least quality of a picture that is compared; 0 for any.
     *
     * @param perceptual whether the field holds perceptual hashes
     */
    int minQualityOrDefault(boolean perceptual) {
        return minQuality != null ? minQuality : perceptual ? PictureQuality.LEAST : 0;
    }

    /** Refuses parameters that mean nothing to a field without perceptual hashes. */
    void checkKind(boolean perceptual) {
        if (minQuality != null && minQuality > 0 && !perceptual) {
            throw new IllegalArgumentException("[min_quality] " + needsPerceptual()
                    + ", a field of codes of embeddings, which has no quality; leave [min_quality] out");
        }
        if (transforms == Transforms.DIHEDRAL && !perceptual) {
            throw new IllegalArgumentException("[transforms] of [dihedral] " + needsPerceptual()
                    + ", a field of codes of embeddings; search the [phash] beside it, or leave [transforms] out");
        }
    }

    private String needsPerceptual() {
        return "needs a field of hashes of pixels, whose mapping says [\"" + Mappings.META_KIND + "\": \""
                + Mappings.PERCEPTUAL + "\"] in [meta], or which is called so; got [" + Messages.show(field) + "]";
    }

    /** Writes the field, which stands before the input. */
    void fieldToXContent(XContentBuilder builder) throws IOException {
        builder.field(FIELD.getPreferredName(), field);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.field(MAX_DISTANCE.getPreferredName(), maxDistance);
        if (transforms != Transforms.NONE) {
            builder.field(TRANSFORMS.getPreferredName(), transforms.toString());
        }
        if (minQuality != null) {
            builder.field(MIN_QUALITY.getPreferredName(), minQuality);
        }
        return builder;
    }
}

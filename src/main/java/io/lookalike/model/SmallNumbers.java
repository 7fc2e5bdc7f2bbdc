package io.lookalike.model;

import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** The arithmetic that graphs do on shapes, over the few numbers that a shape has. Stateless; null is what is not known. */
final class SmallNumbers {
    private SmallNumbers() {}

    /** Of one number; null where the operator is not one that shapes go through. */
    static DoubleUnaryOperator unary(String operator) {
        return switch (operator) {
            case "Identity", "Cast", "CastLike", "Dropout" -> a -> a;
            case "Neg" -> a -> -a;
            case "Abs" -> Math::abs;
            case "Floor" -> Math::floor;
            case "Ceil" -> Math::ceil;
            case "Round" -> Math::rint;
            case "Sqrt" -> Math::sqrt;
            case "Exp" -> Math::exp;
            case "Log" -> Math::log;
            case "Sign" -> Math::signum;
            case "Reciprocal" -> a -> 1 / a;
            case "Relu" -> a -> Math.max(0, a);
            case "Not" -> a -> a == 0 ? 1 : 0;
            default -> null;
        };
    }

    /** Of two numbers, which are broadcast. */
    static DoubleBinaryOperator binary(String operator, boolean whole) {
        return switch (operator) {
            case "Add", "Sum" -> Double::sum;
            case "Sub" -> (a, b) -> a - b;
            case "Mul" -> (a, b) -> a * b;
            case "Div" -> whole ? SmallNumbers::divide : (a, b) -> a / b;
            case "Mod" -> (a, b) -> b == 0 ? 0 : a - b * Math.floor(a / b);
            case "Pow" -> Math::pow;
            case "Min" -> Math::min;
            case "Max" -> Math::max;
            case "Equal" -> (a, b) -> a == b ? 1 : 0;
            case "Greater" -> (a, b) -> a > b ? 1 : 0;
            case "GreaterOrEqual" -> (a, b) -> a >= b ? 1 : 0;
            case "Less" -> (a, b) -> a < b ? 1 : 0;
            case "LessOrEqual" -> (a, b) -> a <= b ? 1 : 0;
            case "And" -> (a, b) -> a != 0 && b != 0 ? 1 : 0;
            case "Or" -> (a, b) -> a != 0 || b != 0 ? 1 : 0;
            case "Xor" -> (a, b) -> (a != 0) != (b != 0) ? 1 : 0;
            default -> null;
        };
    }

    private static double divide(double a, double b) {
        return b == 0 ? 0 : a / b < 0 ? Math.ceil(a / b) : Math.floor(a / b);
    }

    static double[] map(double[] numbers, DoubleUnaryOperator operator) {
        return numbers == null || operator == null
                ? null
                : Arrays.stream(numbers).map(operator).toArray();
    }

    /** Both over a common shape. */
    static double[] zip(Extent a, Extent b, long[] shape, DoubleBinaryOperator operator) {
        double[] left = spread(a, shape);
        double[] right = spread(b, shape);
        if (left == null || right == null || operator == null) {
            return null;
        }
        double[] made = new double[left.length];
        Arrays.setAll(made, i -> operator.applyAsDouble(left[i], right[i]));
        return made;
    }

    /** Numbers repeated over a shape that theirs can be broadcast to; null where they are not known or become many. */
    static double[] spread(Extent from, long[] shape) {
        long count = Bounds.product(shape);
        if (from.numbers() == null || !from.hasShape() || count > OnnxReader.MAX_NUMBERS) {
            return null;
        }
        double[] made = new double[(int) count];
        for (int i = 0; i < made.length; i++) {
            int at = 0;
            int stride = 1;
            int left = i;
            for (int axis = shape.length - 1, own = from.axes() - 1; axis >= 0; axis--, own--) {
                int index = (int) (left % shape[axis]);
                left /= (int) shape[axis];
                if (own >= 0) {
                    at += (from.shape()[own] == 1 ? 0 : index) * stride;
                    stride *= (int) from.shape()[own];
                }
            }
            made[i] = from.numbers()[at];
        }
        return made;
    }

    /** All numbers into one. */
    static double[] reduce(String operator, double[] numbers) {
        if (numbers == null || numbers.length == 0) {
            return null;
        }
        return switch (operator) {
            case "ReduceSum" -> new double[] {Arrays.stream(numbers).sum()};
            case "ReduceProd" -> new double[] {Arrays.stream(numbers).reduce(1, (a, b) -> a * b)};
            case "ReduceMax" -> new double[] {Arrays.stream(numbers).max().getAsDouble()};
            case "ReduceMin" -> new double[] {Arrays.stream(numbers).min().getAsDouble()};
            case "ReduceMean" -> new double[] {Arrays.stream(numbers).average().getAsDouble()};
            default -> null;
        };
    }
}

package io.patchcast.backend.cpu.simd;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The two functions between units and the model's range, in double, by arithmetic that gives the
 * same bits compiled and interpreted. No conversion between long and double: AVX2 has none, and
 * what has no instruction runs a hundred times slower.
 */
final class DoubleMath {
  static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;

  /** Greatest magnitude that {@link #sinh} takes. */
  static final double SINH_LIMIT = 700;

  /** Greatest magnitude that {@link #asinh} takes: its square is finite. */
  static final double ASINH_LIMIT = 1e100;

  private static final double LOG2_E = 0x1.71547652b82fep0;

  /** ln 2 in two parts: n times the first is exact for every n of an exponent. */
  private static final double LN2_HIGH = 0x1.62e42feep-1;

  private static final double LN2_LOW = 0x1.a39ef35793c76p-33;

  /** 1.5 · 2⁵²: adding it rounds to the nearest integer, which then sits in the low bits. */
  private static final double ROUND = 0x1.8p52;

  /** 2⁵²: its bits with a small integer below are 2⁵² and that integer. */
  private static final double TWO_52 = 0x1p52;

  private static final long MANTISSA_BITS = 52;
  private static final long ROOT_HALF = Double.doubleToRawLongBits(Math.sqrt(0.5));

  /** 1 / i!. */
  private static final double[] INVERSE_FACTORIALS = inverseFactorials(20);

  private DoubleMath() {}

  private static double[] inverseFactorials(int count) {
    double[] inverse = new double[count];
    double factorial = 1;
    for (int i = 0; i < count; i++) {
      factorial *= Math.max(i, 1);
      inverse[i] = 1 / factorial;
    }
    return inverse;
  }

  /** Hyperbolic sine for |x| ≤ 700; relative error below 1e-15. */
  static DoubleVector sinh(DoubleVector x) {
    // Taylor series below one, where the difference of the exponentials would cancel.
    DoubleVector square = x.mul(x);
    DoubleVector series = broadcast(INVERSE_FACTORIALS[17]);
    for (int i = 15; i > 0; i -= 2) {
      series = series.fma(square, broadcast(INVERSE_FACTORIALS[i]));
    }
    DoubleVector magnitude = x.abs();
    DoubleVector half = exp(magnitude).mul(0.5);
    DoubleVector large = half.sub(broadcast(0.25).div(half));
    DoubleVector signed = large.blend(large.neg(), x.lt(0));
    return signed.blend(series.mul(x), magnitude.lt(1));
  }

  private static DoubleVector exp(DoubleVector x) {
    DoubleVector shifted = x.fma(broadcast(LOG2_E), broadcast(ROUND));
    DoubleVector n = shifted.sub(ROUND);
    DoubleVector r = n.fma(broadcast(-LN2_HIGH), x);
    r = n.fma(broadcast(-LN2_LOW), r);
    DoubleVector p = broadcast(INVERSE_FACTORIALS[13]);
    for (int i = 12; i >= 0; i--) {
      p = p.fma(r, broadcast(INVERSE_FACTORIALS[i]));
    }
    LongVector power =
        shifted
            .reinterpretAsLongs()
            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
            .add(Double.doubleToRawLongBits(1));
    return p.mul(power.reinterpretAsDoubles());
  }

  /** Inverse hyperbolic sine for |x| ≤ 1e100; relative error below 1e-14. */
  static DoubleVector asinh(DoubleVector x) {
    DoubleVector magnitude = x.abs();
    DoubleVector root = magnitude.fma(magnitude, broadcast(1)).sqrt();
    DoubleVector t = magnitude.mul(magnitude).div(root.add(1)).add(magnitude);
    // ln(1 + t) with the rounding of 1 + t taken back; below that rounding it is t.
    DoubleVector u = t.add(1);
    DoubleVector rest = u.sub(1);
    DoubleVector result = log(u).mul(t).div(rest).blend(t, rest.eq(0));
    return result.blend(result.neg(), x.lt(0));
  }

  /** Natural logarithm for x ≥ 1. */
  private static DoubleVector log(DoubleVector x) {
    LongVector bits = x.reinterpretAsLongs();
    LongVector exponent = bits.sub(ROOT_HALF).lanewise(VectorOperators.LSHR, MANTISSA_BITS);
    DoubleVector mantissa =
        bits.sub(exponent.lanewise(VectorOperators.LSHL, MANTISSA_BITS)).reinterpretAsDoubles();
    DoubleVector k =
        exponent
            .lanewise(VectorOperators.OR, Double.doubleToRawLongBits(TWO_52))
            .reinterpretAsDoubles()
            .sub(TWO_52);
    DoubleVector s = mantissa.sub(1).div(mantissa.add(1));
    DoubleVector square = s.mul(s);
    DoubleVector series = broadcast(2.0 / 19);
    for (int i = 17; i > 0; i -= 2) {
      series = series.fma(square, broadcast(2.0 / i));
    }
    return k.fma(broadcast(LN2_LOW), k.fma(broadcast(LN2_HIGH), series.mul(s)));
  }

  private static DoubleVector broadcast(double value) {
    return DoubleVector.broadcast(SPECIES, value);
  }
}

/**
 * Eigenvalues and eigenvectors of a symmetric positive definite matrix by cyclic Jacobi rotations.
 *
 * Each rotation in the plane (p, q) makes the entry a_pq zero; sweeping over all planes until every off-diagonal entry
 * is negligible leaves the eigenvalues on the diagonal and the product of the rotations as eigenvectors (Golub and
 * Van Loan, Matrix Computations, 4th ed., section 8.5). Jacobi rather than QR, because the matrices of heat networks are
 * graded: a micro-ring answers in microseconds and its module case in minutes, nine decades apart, and only Jacobi with
 * the relative stopping rule |a_pq| <= eps sqrt(a_pp a_qq) keeps the slow eigenvalues to full relative accuracy (Demmel
 * and Veselic, SIAM J. Matrix Anal. Appl. 13 (1992) 1204). Cost: about 10 sweeps of 4 n^3 operations, paid once per network.
 *
 * Kernel: the bounds hold for every non-null assertion because every index is row * order + column with both below `order`,
 * and both arrays have order^2 entries.
 */

export interface Eigensystem {
  /** Ascending. */
  readonly values: Float64Array;
  /** Row-major; column k is the unit eigenvector of values[k]. */
  readonly vectors: Float64Array;
}

/** Jacobi converges quadratically, in 6 to 12 sweeps for any size used here; beyond this the input was not symmetric positive. */
const sweepsMax = 60;

/** Rotates rows and columns p and q of `a` and columns p and q of `v` so that a_pq becomes zero. */
function rotate(a: Float64Array, v: Float64Array, order: number, plane: { readonly p: number; readonly q: number }): void {
  const { p, q } = plane;
  const apq = a[p * order + q]!;
  const theta = (a[q * order + q]! - a[p * order + p]!) / (2 * apq);
  // The smaller root keeps the rotation below 45 degrees, which the convergence proof needs.
  const tangent = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  const app = a[p * order + p]! - tangent * apq;
  const aqq = a[q * order + q]! + tangent * apq;
  for (let k = 0; k < order; k++) {
    const akp = a[k * order + p]!;
    const akq = a[k * order + q]!;
    const newKp = cosine * akp - sine * akq;
    const newKq = sine * akp + cosine * akq;
    a[k * order + p] = newKp;
    a[k * order + q] = newKq;
    a[p * order + k] = newKp;
    a[q * order + k] = newKq;
    const vkp = v[k * order + p]!;
    const vkq = v[k * order + q]!;
    v[k * order + p] = cosine * vkp - sine * vkq;
    v[k * order + q] = sine * vkp + cosine * vkq;
  }
  a[p * order + p] = app;
  a[q * order + q] = aqq;
  a[p * order + q] = 0;
  a[q * order + p] = 0;
}

/** Decomposes a row-major symmetric positive definite matrix; the input is left as it was. Throws when it is not one. */
export function decomposeSymmetric(matrix: Float64Array, order: number): Eigensystem {
  const a = Float64Array.from(matrix);
  const v = new Float64Array(order * order);
  for (let k = 0; k < order; k++) v[k * order + k] = 1;
  let rotated = true;
  for (let sweep = 0; rotated; sweep++) {
    if (sweep === sweepsMax) throw new Error(`Jacobi did not converge in ${sweepsMax} sweeps: the ${order} x ${order} matrix is not symmetric positive definite`);
    rotated = false;
    for (let p = 0; p < order - 1; p++) {
      for (let q = p + 1; q < order; q++) {
        const apq = a[p * order + q]!;
        if (Math.abs(apq) <= Number.EPSILON * Math.sqrt(Math.abs(a[p * order + p]! * a[q * order + q]!))) continue;
        rotate(a, v, order, { p, q });
        rotated = true;
      }
    }
  }
  // Equal eigenvalues keep the order of their rows, so that the same matrix always gives the same modes.
  const rank = Array.from({ length: order }, (_, k) => k).sort((left, right) => a[left * order + left]! - a[right * order + right]! || left - right);
  const values = new Float64Array(order);
  const vectors = new Float64Array(order * order);
  rank.forEach((from, to) => {
    values[to] = a[from * order + from]!;
    for (let k = 0; k < order; k++) vectors[k * order + to] = v[k * order + from]!;
  });
  return { values, vectors };
}

export { type Cholesky, cholesky } from "./cholesky.ts";
export { correlationMatrix, cosineSimilarity } from "./correlation.ts";
export { determinant, type LogDeterminant, logDeterminant } from "./determinant.ts";
export { entropyBregmanDivergence, entropyInverseMirrorMap, entropyMirrorMap, entropyPotential } from "./entropy-geometry.ts";
export { type GemmOptions, gemm } from "./gemm.ts";
export { inverse, pseudoInverse } from "./inverse.ts";
export { type ConjugateGradientsResult, conjugateGradients } from "./iterative/conjugate-gradients.ts";
export { incompleteCholesky } from "./iterative/incomplete-cholesky.ts";
export { jacobiPreconditioner } from "./iterative/jacobi-preconditioner.ts";
export type { IterativeOptions, LinearOperator, Preconditioner } from "./iterative/linear-operator.ts";
export { type MinresResult, minres } from "./iterative/minres.ts";
export { type SsorOptions, ssorPreconditioner } from "./iterative/ssor-preconditioner.ts";
export type { LinearSolve } from "./linear-solve.ts";
export { directionalDivergence, lpBregmanDivergence, lpInverseMirrorMap, lpMirrorMap, lpPotential } from "./lp-geometry.ts";
export { type Lu, lu } from "./lu.ts";
export { mapSingularValues } from "./map-singular-values.ts";
export { type MatmulOptions, matmul, matvec, matvecTransposed } from "./matmul.ts";
export { checkFinite, checkMatrix, checkSameSize, identity, type Matrix, matrix, matrixFromRows, transpose } from "./matrix.ts";
export { nuclearNorm, spectralNorm } from "./matrix-norm.ts";
export {
  type NonNegativeLeastSquaresOptions,
  type NonNegativeLeastSquaresResult,
  nonNegativeLeastSquares,
} from "./non-negative-least-squares.ts";
export { dualExponent, dualNorm, lpNorm, normalize } from "./norm.ts";
export { type BoxOptions, projectBox } from "./projection/box.ts";
export { type HalfSpaceOptions, projectHalfSpace, projectHyperplane } from "./projection/half-space.ts";
export { maximizeOverLpBall, maximizeOverSchattenBall } from "./projection/linear-maximizer.ts";
export { type LpBallOptions, projectLpBall } from "./projection/lp-ball.ts";
export { projectNuclearBall, projectSchattenBall, projectSpectralBall, type RadiusOptions } from "./projection/schatten-ball.ts";
export { projectSecondOrderCone } from "./projection/second-order-cone.ts";
export { projectSemidefiniteCone } from "./projection/semidefinite-cone.ts";
export { projectSimplex, type SimplexOptions } from "./projection/simplex.ts";
export { conjugateProx, type ProximalOperator } from "./proximal/conjugate-prox.ts";
export { type ElasticNetOptions, proxElasticNet } from "./proximal/elastic-net-prox.ts";
export { type GroupNormOptions, proxGroupNorm } from "./proximal/group-norm-prox.ts";
export { type LpProxOptions, proxLpNorm, proxLpPower } from "./proximal/lp-norm-prox.ts";
export { proxNuclearNorm, proxSchattenNorm, type WeightOptions } from "./proximal/schatten-norm-prox.ts";
export { softThreshold } from "./proximal/soft-threshold.ts";
export { proxSquaredLpNorm } from "./proximal/squared-lp-norm-prox.ts";
export { type Qr, type QrOptions, qr } from "./qr.ts";
export { conditionNumber, type RankOptions, rank } from "./rank.ts";
export { schattenBregmanDivergence, schattenInverseMirrorMap, schattenMirrorMap, schattenPotential } from "./schatten-geometry.ts";
export { dualSchattenNorm, frobeniusNorm, inducedNorm, schattenNorm } from "./schatten-norm.ts";
export { leastSquares, solve } from "./solve.ts";
export {
  squaredLpBregmanDivergence,
  squaredLpInverseMirrorMap,
  squaredLpMirrorMap,
  squaredLpPotential,
} from "./squared-lp-geometry.ts";
export { type Svd, svd } from "./svd.ts";
export { type SymmetricEigen, symmetricEigen } from "./symmetric-eigen.ts";
export { deleteCholeskyRow, downdateCholesky, insertCholeskyRow, updateCholesky } from "./update-cholesky.ts";
export { axpy, dot } from "./vector.ts";

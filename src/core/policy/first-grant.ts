/**
 * What the origin may give each response at once, before anything is decided: 512 KiB. A start takes 256 to 512 KiB;
 * p2p-media-loader gives HTTP the first 15 s, five to ten times more.
 */
export const FIRST_GRANT_CHUNKS = 8

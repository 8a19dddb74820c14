import { ChunkStore } from '../../src/store/chunk-store.js'
import { chunkStorageContract } from './chunk-storage.js'

chunkStorageContract(
  'IndexedDB',
  options => new ChunkStore({ name: `test ${crypto.randomUUID()}`, ...options }),
)

import { MemoryStorage } from '../../src/store/memory-storage.js'
import { chunkStorageContract } from './chunk-storage.js'

chunkStorageContract('memory', options => new MemoryStorage(options))

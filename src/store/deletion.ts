/** How all that is kept goes at once. Apart from the rest of the store, as pages that never open it delete it. */

/** The IndexedDB database that worker and pages of a site share. */
export const DATABASE_NAME = 'swarmtag'

/** Deletes the database; where somebody does not let go of it, the browser does so once he has. Never throws. */
export function deleteDatabase(name = DATABASE_NAME): Promise<void> {
  return new Promise(resolve => {
    const request = indexedDB.deleteDatabase(name)
    request.onsuccess = request.onerror = request.onblocked = () => resolve()
  })
}

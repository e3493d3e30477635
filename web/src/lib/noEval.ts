import { z } from 'zod';

// Zod tries `new Function` to see whether it may compile schemas. The content security policy forbids it, and each
// try would be logged as a violation. Stands before every schema: imported first.
z.config({ jitless: true });

import { prepare } from './adapter.mjs';
import { provider } from './provider.mjs';

await prepare();
provider.listen(Number(process.env.PORT), '127.0.0.1');

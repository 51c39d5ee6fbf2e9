import { openApiDocument } from '#app/openapi/document.ts';

export const GET = () => Response.json(openApiDocument());

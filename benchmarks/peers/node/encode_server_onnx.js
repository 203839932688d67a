// Encode over gRPC in Node.js with ONNX Runtime: a peer of P5, on the same contract, so that the same driver drives it.
//
//   node encode_server_onnx.js MODULES ENCODER.onnx PROTO_FOLDER PROCESSES THREADS
//
// MODULES is the node_modules folder with @grpc/grpc-js, @grpc/proto-loader and onnxruntime-node. PROCESSES share one port (cluster),
// each with THREADS threads of ONNX Runtime. Prints a ready line; ends when its standard input does.
'use strict';

const cluster = require('cluster');
const net = require('net');
const path = require('path');

const [modules, encoder, protoFolder, processes, threads] = process.argv.slice(2);

function load(name) {
  return require(path.resolve(modules, name));
}

async function serve(address) {
  const grpc = load('@grpc/grpc-js');
  const ort = load('onnxruntime-node');
  const definition = load('@grpc/proto-loader').loadSync('cae/v1/cae_service.proto', {
    includeDirs: [protoFolder], longs: Number, enums: Number, keepCase: true,
  });
  const session = await ort.InferenceSession.create(encoder, {
    intraOpNumThreads: Number(threads), interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all',
  });
  const server = new grpc.Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  server.addService(grpc.loadPackageDefinition(definition).cae.v1.CaeService.service, {
    Encode(call, callback) {
      const data = call.request.inputs.data;
      const aligned = data.byteOffset % 4 === 0 ? data : Buffer.from(data);
      const rows = data.length / (784 * 4);
      const inputs = new Float32Array(aligned.buffer, aligned.byteOffset, rows * 784);
      session.run({ inputs: new ort.Tensor('float32', inputs, [rows, 784]) }).then(({ codes }) => {
        const bytes = Buffer.from(codes.data.buffer, codes.data.byteOffset, codes.data.byteLength);
        callback(null, { codes: { data_type: 1, shape: [rows, 1000], data: bytes } });
      }, callback);
    },
  });
  await new Promise((resolve, reject) => {
    server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
  });
}

function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

async function main() {
  const address = process.env.ENCODE_ADDRESS || `127.0.0.1:${await freePort()}`;
  if (!cluster.isPrimary) {
    await serve(address);
    process.send('ready');
    return;
  }
  const pids = [];
  for (let i = 0; i < Number(processes); ++i) {
    const child = cluster.fork({ ENCODE_ADDRESS: address });
    await new Promise((resolve, reject) => {
      child.on('message', resolve);
      child.on('exit', () => reject(new Error('a process did not come up')));
    });
    pids.push(child.process.pid);
  }
  console.log(JSON.stringify({ event: 'ready', listen: address, pids }));
  process.stdin.resume();
  process.stdin.on('end', () => process.exit(0));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
